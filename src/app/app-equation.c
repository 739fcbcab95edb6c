/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The equation above the chart of Merged. Its numbers are in full, because here they are the subject. Where values do
 * not add (percentiles, distinct counts) the operator is ⊕ and shares are of events: a share of a percentile would be
 * a number without a meaning. */
#include "app-equation.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app-format.h"
#include "app-share-bar.h"
#include "app-shown.h"

struct _TideEquation
{
  GtkBox parent_instance;

  GtkLabel *merged_title, *merged, *merged_unit, *merged_fact;
  GtkLabel *batch_title, *batch, *batch_unit, *batch_fact;
  GtkLabel *speed_title, *speed, *speed_unit, *speed_fact;
  GtkLabel *operator_label;
  GtkBox *terms;
  TideShareBar *bar;
};

G_DEFINE_FINAL_TYPE (TideEquation, tide_equation, GTK_TYPE_BOX)

double
tide_equation_get_share (const TideMetric *metric, TideValue batch, TideValue speed, uint64_t batch_events,
                         uint64_t speed_events)
{
  double b = batch.kind == TIDE_VALUE_NONE ? 0 : tide_value_to_double (batch);
  double s = speed.kind == TIDE_VALUE_NONE ? 0 : tide_value_to_double (speed);

  if (!metric->aggregate->additive || b < 0 || s < 0 || b + s <= 0)
    {
      b = (double) batch_events;
      s = (double) speed_events;
    }
  return b + s > 0 ? b / (b + s) : NAN;
}

static void
set_term (GtkLabel *value_label, GtkLabel *unit_label, TideValue value, const TideMetric *metric)
{
  const char *unit = metric != NULL ? tide_shown_unit (metric) : NULL;
  g_autofree char *text = metric != NULL ? tide_shown_number (metric, value) : tide_format_value (value);

  gtk_label_set_text (value_label, text);
  gtk_label_set_text (unit_label, unit != NULL && value.kind != TIDE_VALUE_NONE ? unit : "");
}

static bool
is_sketch (const TideMetric *metric)
{
  const TideAggregateSpec *spec = metric->aggregate;

  return spec->parameter > 0 || strcmp (spec->name, "distinct") == 0;
}

static char *
share_fact (const TideRows *rows, double share, uint64_t events, const char *more)
{
  g_autofree char *percent = isnan (share) ? g_strdup (TIDE_NO_VALUE) : tide_format_share (share);
  g_autofree char *count = tide_format_int ((gint64) events);

  if (rows->metric->aggregate->additive)
    return g_strdup_printf ("%s · %s", percent, more);
  return g_strdup_printf (_ ("%s events · %s"), count, percent);
}

static void
set_titles (TideEquation *self, const TideMetric *metric)
{
  g_autofree char *merged = NULL;

  if (is_sketch (metric))
    {
      merged = g_strdup_printf (_ ("Merged %s"), metric->aggregate->name);
      gtk_label_set_text (self->batch_title, _ ("Batch sketch"));
      gtk_label_set_text (self->speed_title, _ ("Speed sketch"));
    }
  else
    {
      merged = g_strdup (_ ("Merged"));
      gtk_label_set_text (self->batch_title, _ ("Batch"));
      gtk_label_set_text (self->speed_title, _ ("Speed"));
    }
  gtk_label_set_text (self->merged_title, merged);
  gtk_label_set_text (self->operator_label, metric->aggregate->additive ? "+" : "⊕");
}

static void
set_facts (TideEquation *self, const TideRows *rows, const char *range)
{
  double share = tide_equation_get_share (rows->metric, rows->batch_total, rows->speed_total, rows->batch_events,
                                          rows->speed_events);
  g_autofree char *late = tide_shown_number (rows->metric, rows->late_total);
  g_autofree char *after = rows->late_total.kind != TIDE_VALUE_NONE && rows->late_events > 0
                               ? g_strdup_printf (_ ("after the cut, of which %s late"), late)
                               : g_strdup (_ ("after the cut"));
  g_autofree char *batch = share_fact (rows, share, rows->batch_events, _ ("up to the cut"));
  g_autofree char *speed = share_fact (rows, 1 - share, rows->speed_events, after);
  g_autofree char *merged = g_strdup_printf (
      "%s, %s", range, rows->corrupt_events > 0 ? _ ("approximate: some events could not be read") : _ ("exact"));

  gtk_label_set_text (self->merged_fact, merged);
  gtk_label_set_text (self->batch_fact, batch);
  gtk_label_set_text (self->speed_fact, speed);
  tide_share_bar_set_share (self->bar, share);
}

void
tide_equation_set_rows (TideEquation *self, const TideRows *rows, const char *range)
{
  const TideValue none = { 0 };
  const TideMetric *metric = rows != NULL ? rows->metric : NULL;

  set_term (self->merged, self->merged_unit, rows != NULL ? rows->total : none, metric);
  set_term (self->batch, self->batch_unit, rows != NULL ? rows->batch_total : none, metric);
  set_term (self->speed, self->speed_unit, rows != NULL ? rows->speed_total : none, metric);
  if (rows != NULL)
    {
      set_titles (self, rows->metric);
      set_facts (self, rows, range);
      return;
    }
  gtk_label_set_text (self->merged_fact, "");
  gtk_label_set_text (self->batch_fact, "");
  gtk_label_set_text (self->speed_fact, "");
  tide_share_bar_set_share (self->bar, NAN);
}

void
tide_equation_set_stacked (TideEquation *self, bool stacked)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->terms),
                                  stacked ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL);
  gtk_box_set_spacing (self->terms, stacked ? 6 : 22);
}

static void
tide_equation_class_init (TideEquationClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  g_type_ensure (TIDE_TYPE_SHARE_BAR);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-equation.ui");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, TideEquation, name)
  BIND (merged_title);
  BIND (merged);
  BIND (merged_unit);
  BIND (merged_fact);
  BIND (batch_title);
  BIND (batch);
  BIND (batch_unit);
  BIND (batch_fact);
  BIND (speed_title);
  BIND (speed);
  BIND (speed_unit);
  BIND (speed_fact);
  BIND (operator_label);
  BIND (terms);
  BIND (bar);
#undef BIND
}

static void
tide_equation_init (TideEquation *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
