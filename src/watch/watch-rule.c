/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of rules. A kind is one file watch-rule-NAME.c and a row here. */
#include "watch-rule.h"

#include <math.h>
#include <string.h>

const TideWatchRuleClass *const tide_watch_rule_classes[] = {
  &tide_watch_rule_above,      &tide_watch_rule_below,  &tide_watch_rule_outside,    &tide_watch_rule_change,
  &tide_watch_rule_no_data,    &tide_watch_rule_ratio,  &tide_watch_rule_anomaly,    &tide_watch_rule_lag,
  &tide_watch_rule_quarantine, &tide_watch_rule_source, &tide_watch_rule_freshness,  NULL,
};

const TideConditionSpec *const *
tide_condition_specs (void)
{
  static const TideConditionSpec *specs[G_N_ELEMENTS (tide_watch_rule_classes)];
  static gsize once;

  if (g_once_init_enter (&once))
    {
      for (guint i = 0; tide_watch_rule_classes[i] != NULL; i++)
        specs[i] = &tide_watch_rule_classes[i]->spec;
      g_once_init_leave (&once, 1);
    }
  return specs;
}

const TideWatchRuleClass *
tide_watch_rule_class_of (const TideAlert *alert)
{
  for (guint i = 0; tide_watch_rule_classes[i] != NULL; i++)
    if (strcmp (tide_watch_rule_classes[i]->spec.name, alert->condition->name) == 0)
      return tide_watch_rule_classes[i];
  g_assert_not_reached ();
}

void
tide_watch_compare (const TideAlert *alert, const double *observed, guint n, uint8_t *ret_flags)
{
  double threshold = alert->threshold, clear = alert->clear;

  /* Comparisons with NAN are false, so a missing value neither holds nor clears. */
  switch (alert->compare)
    {
    case TIDE_COMPARE_ABOVE:
      for (guint i = 0; i < n; i++)
        ret_flags[i] = (uint8_t) ((observed[i] > threshold) | (observed[i] <= clear) << 1 | (observed[i] != observed[i]) << 2);
      break;
    case TIDE_COMPARE_BELOW:
      for (guint i = 0; i < n; i++)
        ret_flags[i] = (uint8_t) ((observed[i] < threshold) | (observed[i] >= clear) << 1 | (observed[i] != observed[i]) << 2);
      break;
    case TIDE_COMPARE_BOTH:
      for (guint i = 0; i < n; i++)
        ret_flags[i] = (uint8_t) ((fabs (observed[i]) > threshold) | (fabs (observed[i]) <= clear) << 1
                                  | (observed[i] != observed[i]) << 2);
      break;
    }
}

static char *
number (double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  return g_strdup (isnan (value) ? "no value" : g_ascii_formatd (buffer, sizeof buffer, "%.6g", value));
}

char *
tide_watch_reason (const TideAlert *alert, TideAlertState state, double observed)
{
  const TideConditionSpec *spec = alert->condition;
  const char *unit = spec->limit == TIDE_LIMIT_DURATION ? " s" : "";
  g_autofree char *value = number (observed), *limit = number (alert->threshold), *clear = number (alert->clear);
  g_autofree char *low = number (alert->low), *high = number (alert->high);
  bool holds = state == TIDE_ALERT_PENDING || state == TIDE_ALERT_FIRING;

  if (state == TIDE_ALERT_NO_DATA)
    return g_strdup ("there is no value");
  if (spec->limit == TIDE_LIMIT_NONE)
    return g_strdup_printf (holds ? "%s: can't be reached" : "%s: can be reached", alert->source != NULL ? alert->source : spec->name);
  if (spec->limit == TIDE_LIMIT_BAND)
    return g_strdup_printf (holds ? "%s is outside %s to %s" : "%s is inside %s to %s", value, low, high);
  if (alert->compare == TIDE_COMPARE_BOTH)
    return g_strdup_printf (holds ? "%s: %s%s is more than %s%s away" : "%s: %s%s is no more than %s%s away", spec->name, value,
                            unit, holds ? limit : clear, unit);
  return g_strdup_printf ("%s: %s%s is %s%s %s%s", spec->name, value, unit, holds ? "" : "not ",
                          alert->compare == TIDE_COMPARE_BELOW ? "below" : "above", holds ? limit : clear, unit);
}
