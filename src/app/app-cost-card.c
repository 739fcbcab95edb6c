/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the workspace costs. The number says what it costs now and what the month will come to; a budget that will not
 * hold is said in a sentence under the chart, early. */
#include "app-cost-card.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app-chart.h"
#include "app-format.h"

#define FORECAST_SHARE 0.18
#define WARN_AT_SHARE 0.9

struct _TideCostCard
{
  AdwBin parent_instance;

  GtkLabel *unit, *now, *month, *note;
  AdwBin *place;
  TideChart *chart;
  TideChartAxis *axis;
};

G_DEFINE_FINAL_TYPE (TideCostCard, tide_cost_card, ADW_TYPE_BIN)

static char *
month_words (const TideCosts *costs)
{
  g_autofree char *forecast = tide_cost_money (costs->forecast_usd * costs->exchange);
  g_autofree char *budget = isnan (costs->budget_usd) ? NULL : tide_cost_money (costs->budget_usd * costs->exchange);

  return budget != NULL ? g_strdup_printf (_ ("now · forecast %s of %s this month"), forecast, budget)
                        : g_strdup_printf (_ ("now · forecast %s this month"), forecast);
}

/* The budget first; else what the sum is made of. */
static char *
note_words (const TideCosts *costs, bool *ret_warns)
{
  g_autofree char *forecast = tide_cost_money (costs->forecast_usd * costs->exchange);
  g_autofree char *budget = tide_cost_money (costs->budget_usd * costs->exchange);
  g_autofree char *metered = tide_cost_money (costs->metered_usd_per_h * costs->exchange);
  g_autofree char *platform = tide_cost_money (costs->platform_usd_per_h * costs->exchange);

  *ret_warns = !isnan (costs->budget_usd) && costs->forecast_usd > WARN_AT_SHARE * costs->budget_usd;
  if (*ret_warns && costs->forecast_usd > costs->budget_usd)
    return g_strdup_printf (_ ("At this rate the month ends at %s %s, above the budget of %s."), forecast,
                            costs->currency, budget);
  if (*ret_warns)
    return g_strdup_printf (_ ("At this rate the month ends at %s %s, close to the budget of %s."), forecast,
                            costs->currency, budget);
  if (costs->metered_s < 1)
    return g_strdup (_ ("What this program uses is metered from its first minute on."));
  return g_strdup_printf (_ ("platform %s · this computer %s %s/h, priced as if it were rented"), platform, metered,
                          costs->currency);
}

void
tide_cost_card_set (TideCostCard *self, TideCostAnswer *answer)
{
  const TideCosts *costs = answer != NULL ? answer->costs : NULL;
  g_autofree char *unit = NULL, *now = NULL, *month = NULL, *note = NULL;
  bool warns = false;

  if (costs == NULL)
    {
      tide_chart_set_data (self->chart, NULL);
      gtk_label_set_text (self->now, "");
      gtk_label_set_text (self->month, "");
      gtk_label_set_text (self->note, "");
      return;
    }
  unit = g_strdup_printf (_ ("%s/h"), costs->currency);
  now = tide_cost_money ((costs->metered_usd_per_h + costs->platform_usd_per_h) * costs->exchange);
  month = month_words (costs);
  note = note_words (costs, &warns);
  gtk_label_set_text (self->unit, unit);
  gtk_label_set_text (self->now, now);
  gtk_label_set_text (self->month, month);
  gtk_label_set_text (self->note, note);
  if (warns)
    gtk_widget_add_css_class (GTK_WIDGET (self->note), "tide-warning");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->note), "tide-warning");
  tide_chart_axis_set_zone (self->axis, answer->workspace->zone);
  tide_chart_axis_set_home (self->axis, (double) answer->from,
                            (double) answer->time
                                + (double) MAX (answer->time - answer->from, TIDE_MINUTE) * FORECAST_SHARE);
  tide_chart_set_data (self->chart, answer->chart);
}

static void
tide_cost_card_dispose (GObject *object)
{
  g_clear_object (&TIDE_COST_CARD (object)->axis);
  G_OBJECT_CLASS (tide_cost_card_parent_class)->dispose (object);
}

static void
tide_cost_card_class_init (TideCostCardClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_cost_card_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-cost-card.ui");
  gtk_widget_class_bind_template_child (widget_class, TideCostCard, unit);
  gtk_widget_class_bind_template_child (widget_class, TideCostCard, now);
  gtk_widget_class_bind_template_child (widget_class, TideCostCard, month);
  gtk_widget_class_bind_template_child (widget_class, TideCostCard, note);
  gtk_widget_class_bind_template_child (widget_class, TideCostCard, place);
}

static void
tide_cost_card_init (TideCostCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->axis = tide_chart_axis_new (NULL);
  self->chart = TIDE_CHART (tide_chart_new (self->axis));
  adw_bin_set_child (self->place, GTK_WIDGET (self->chart));
}
