/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Advice in plain words: one sentence that a person can act on, made of the measured points and not of anything else. */
#include "app-advice-words.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app-format.h"

char *
tide_words_of_interval (TideDuration every)
{
  g_autofree char *text = NULL;

  if (every <= TIDE_SECOND)
    return g_strdup (_ ("real time"));
  text = every < TIDE_MINUTE ? tide_format_with_unit (tide_format_int (every / TIDE_SECOND), _ ("s"))
                             : tide_format_duration (every);
  return g_strdup_printf (_ ("every %s"), text);
}

char *
tide_words_of_error (double error)
{
  int decimals;

  if (isnan (error))
    return g_strdup (TIDE_NO_VALUE);
  decimals = error > 0 ? CLAMP (1 - (int) floor (log10 (error * 100)), 0, 6) : 0;
  return tide_format_with_unit (tide_format_number (error * 100, decimals), "%");
}

/* "a third of the cost". */
static char *
share_words (double share)
{
  static const char *const words[]
      = { N_ ("half the cost"),       N_ ("a third of the cost"),    N_ ("a quarter of the cost"),
          N_ ("a fifth of the cost"), N_ ("a sixth of the cost"),    N_ ("a seventh of the cost"),
          N_ ("an eighth of the cost"), N_ ("a ninth of the cost"), N_ ("a tenth of the cost") };
  double n = share > 0 ? 1 / share : INFINITY;

  if (share > 0.62)
    return g_strdup_printf (_ ("%.0f %% of the cost"), share * 100);
  if (n < 10.5)
    return g_strdup (_ (words[CLAMP ((int) rint (n), 2, 10) - 2]));
  return n < 1000 ? g_strdup_printf (_ ("1/%.0f of the cost"), n) : g_strdup (_ ("next to nothing"));
}

/* The next slower interval would do, but for an alert. */
static bool
is_kept_by_alert (const TideAdvice *advice)
{
  const TideAdvicePoint *next = advice->advised + 1 < (int) advice->n_points ? &advice->points[advice->advised + 1] : NULL;

  return next != NULL && advice->alert_age > 0 && next->age > advice->alert_age && next->error <= advice->tolerance
         && (advice->objective == 0 || next->age <= advice->objective);
}

/* What stands in the way of the next slower interval. */
static char *
limit_words (const TideAdvice *advice)
{
  const TideAdvicePoint *next;
  g_autofree char *interval = NULL, *error = NULL, *objective = NULL;

  if (advice->advised + 1 >= (int) advice->n_points)
    return g_strdup ("");
  next = &advice->points[advice->advised + 1];
  interval = tide_words_of_interval (next->every);
  error = tide_words_of_error (next->error);
  objective = tide_format_duration (advice->objective);
  if (isnan (next->error))
    return g_strdup_printf (_ ("Not enough was seen of %s."), interval);
  if (next->error > advice->tolerance)
    return g_strdup_printf (_ ("Off by up to %s when refreshed %s."), error, interval);
  if (advice->objective > 0 && next->age > advice->objective)
    return g_strdup_printf (_ ("Older than its objective of %s when refreshed %s."), objective, interval);
  if (is_kept_by_alert (advice))
    return g_strdup_printf (_ ("Refreshed %s it would be older than its alert takes to fire."), interval);
  return g_strdup_printf (_ ("It would cost no less when refreshed %s."), interval);
}

static char *
unknown_words (const TideAdvice *advice)
{
  double windows = tide_advice_get_windows (advice);
  g_autofree char *seen = tide_format_int ((gint64) rint (windows));

  if (windows < 1)
    return g_strdup_printf (_ ("Not measured yet: %d windows are needed."), TIDE_STALENESS_MIN_WINDOWS);
  return g_strdup_printf (_ ("Measured on %s windows; %d are needed."), seen, TIDE_STALENESS_MIN_WINDOWS);
}

char *
tide_words_of_advice (const TideWhatIf *what_if)
{
  const TideAdvice *advice = &what_if->advice;
  const TideAdvicePoint *point = tide_what_if_get_point (what_if);
  g_autofree char *interval = NULL, *limit = NULL, *error = NULL, *share = NULL;

  if (point == NULL)
    return unknown_words (advice);
  interval = tide_words_of_interval (point->every);
  limit = limit_words (advice);
  if (!(point->error <= advice->tolerance))
    {
      error = tide_words_of_error (point->error);
      return g_strdup_printf (_ ("Even in real time it is off by up to %s, more than is tolerated."), error);
    }
  if (point->every == advice->every)
    return g_strdup_printf (_ ("Right as it is. %s"), limit);
  if (point->every > advice->every && what_if->forced_by != NULL)
    return g_strdup_printf (_ ("As good %s, though its stream goes on as it is."), interval);
  if (point->every > advice->every)
    {
      share = share_words (advice->now.usd_per_h > 0 ? point->usd_per_h / advice->now.usd_per_h : 1);
      return g_strdup_printf (_ ("As good %s, for %s."), interval, share);
    }
  error = tide_words_of_error (advice->now.error);
  if (!(advice->now.error <= advice->tolerance))
    return g_strdup_printf (_ ("Needs %s: as it is now it is off by up to %s."), interval, error);
  return g_strdup_printf (_ ("Needs %s: as it is now it grows older than its objective."), interval);
}

static const char *
title_of (const TideWorkspace *workspace, const char *name)
{
  const TideMetric *metric = tide_workspace_get_metric (workspace, name);

  return metric != NULL ? metric->title : name;
}

char *
tide_words_of_stream (const TideWhatIf *what_if, const TideAdvices *advices, const TideWorkspace *workspace)
{
  const TideAdvice *advice = &what_if->advice;
  guint riders = 0;
  bool is_alone = true;
  g_autofree char *interval = tide_words_of_interval (advice->every);

  for (guint i = 0; i < advices->metrics->len; i++)
    {
      const TideAdvice *other = g_ptr_array_index (advices->metrics, i);

      if (strcmp (other->stream, advice->stream) != 0 || strcmp (other->name, advice->name) == 0)
        continue;
      riders += other->every >= advice->every;
      is_alone &= other->every > advice->every;
    }
  if (what_if->forced_by != NULL)
    return g_strdup_printf (_ ("%s is kept as it is by %s; only this metric’s own part is saved."), advice->stream,
                            title_of (workspace, what_if->forced_by));
  if (is_alone && riders > 0)
    return g_strdup_printf (g_dngettext (NULL, "%s is kept at %s by this metric alone. %u other rides along free.",
                                         "%s is kept at %s by this metric alone. %u others ride along free.", riders),
                            advice->stream, interval, riders);
  if (is_alone)
    return g_strdup_printf (_ ("%s is kept at %s by this metric alone."), advice->stream, interval);
  return NULL;
}

char *
tide_words_of_reason (const TideWhatIf *what_if)
{
  const TideAdvice *advice = &what_if->advice;
  const TideAdvicePoint *point = tide_what_if_get_point (what_if);
  g_autofree char *seen = NULL;

  if (point == NULL)
    {
      seen = tide_format_int ((gint64) rint (tide_advice_get_windows (advice)));
      return g_strdup_printf (_ ("%s of %d windows"), seen, TIDE_STALENESS_MIN_WINDOWS);
    }
  if (point->every == advice->every)
    return g_strdup (is_kept_by_alert (advice) ? _ ("needed by an alert") : _ ("as advised"));
  if (tide_what_if_is_free (what_if))
    return g_strdup (_ ("rides along free"));
  return NULL;
}
