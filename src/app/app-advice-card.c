/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The advice for one metric. What a person tries with the sliders (or by dragging the tolerance in the curve) is judged
 * at once from the points that were measured; nothing is changed until it is applied or kept. */
#include "app-advice-card.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app-accessible.h"
#include "app-advice-curve.h"
#include "app-facts.h"
#include "app-format.h"

/* Choices of the objective; 0: none. */
static const TideDuration objectives[] = {
  TIDE_SECOND,      2 * TIDE_SECOND, 5 * TIDE_SECOND,  10 * TIDE_SECOND, 30 * TIDE_SECOND, TIDE_MINUTE,
  2 * TIDE_MINUTE,  5 * TIDE_MINUTE, 10 * TIDE_MINUTE, 30 * TIDE_MINUTE, TIDE_HOUR,        2 * TIDE_HOUR,
  6 * TIDE_HOUR,    12 * TIDE_HOUR,  TIDE_DAY,         2 * TIDE_DAY,     0,
};

struct _TideAdviceCard
{
  AdwBin parent_instance;

  GtkBox *box, *buttons;
  GtkSeparator *separator;
  GtkWidget *side;
  GtkStack *stack;
  TideAdviceCurve *curve;
  GtkLabel *title, *definition, *sentence, *saves_title, *saves, *saves_unit, *saves_month, *note;
  GtkGrid *facts;
  GtkScale *tolerance, *objective;
  GtkLabel *tolerance_value, *objective_value;
  GtkButton *apply;

  TideCostAnswer *answer;
  char *metric;
  TideWhatIf what_if;
  double tried_tolerance;
  TideDuration tried_objective;
  bool has_advice, is_busy, is_filling;
};

G_DEFINE_FINAL_TYPE (TideAdviceCard, tide_advice_card, ADW_TYPE_BIN)

enum
{
  APPLY,
  KEEP,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* Showing */

static void
show_saves (TideAdviceCard *self)
{
  const TideAdvices *advices = self->answer->advices;
  double saves = self->what_if.saves_usd_per_h * advices->exchange;
  g_autofree char *money = tide_cost_money (fabs (saves)), *month = tide_cost_money (fabs (saves) * TIDE_HOURS_A_MONTH);
  g_autofree char *now = tide_cost_money (self->what_if.advice.now.usd_per_h * advices->exchange);
  g_autofree char *unit = g_strdup_printf (_ ("%s/h"), advices->currency);
  g_autofree char *text = g_strdup_printf (_ ("%s %s a month"), month, advices->currency);
  bool changes = tide_what_if_changes (&self->what_if);

  gtk_label_set_text (self->saves_title, !changes ? _ ("Costs") : saves < 0 ? _ ("Costs more") : _ ("Saves"));
  gtk_label_set_text (self->saves, changes ? money : now);
  gtk_label_set_text (self->saves_unit, unit);
  gtk_label_set_text (self->saves_month, changes ? text : _ ("the stream and this metric, as it is"));
}

static char *
change_words (char *before, char *after)
{
  g_autofree char *from = before, *to = after;

  return g_strcmp0 (from, to) == 0 ? g_steal_pointer (&from) : g_strdup_printf ("%s → %s", from, to);
}

static void
show_facts (TideAdviceCard *self)
{
  const TideAdvice *advice = &self->what_if.advice;
  const TideAdvicePoint *point = tide_what_if_get_point (&self->what_if) != NULL ? tide_what_if_get_point (&self->what_if)
                                                                                 : &advice->now;
  g_autofree char *refresh = change_words (tide_words_of_interval (advice->every), tide_words_of_interval (point->every));
  g_autofree char *error = change_words (tide_words_of_error (advice->now.error), tide_words_of_error (point->error));
  g_autofree char *age = change_words (tide_format_age (advice->now.age), tide_format_age (point->age));
  g_autofree char *tolerance = tide_words_of_error (advice->tolerance);
  g_autofree char *objective = advice->objective > 0 ? tide_format_duration (advice->objective) : g_strdup (_ ("none"));
  g_autofree char *decision = tide_format_duration (advice->decision);
  g_autofree char *windows = tide_format_int ((gint64) rint (point->windows));
  g_autofree char *measured
      = point->measured ? g_strdup_printf (_ ("%s windows"), windows)
                        : g_strdup_printf (_ ("%s windows, %d are needed"), windows, TIDE_STALENESS_MIN_WINDOWS);
  g_autofree char *tolerated = g_strdup_printf (advice->tolerance_is_default && !self->what_if.is_other
                                                    ? _ ("%s (not set)") : "%s", tolerance);

  tide_facts_set (self->facts, 0, _ ("Refresh"), refresh);
  tide_facts_set (self->facts, 1, _ ("Error"), error);
  tide_facts_set (self->facts, 2, _ ("Tolerated"), tolerated);
  tide_facts_set (self->facts, 3, _ ("Age at most"), age);
  tide_facts_set (self->facts, 4, _ ("Objective"), objective);
  tide_facts_set (self->facts, 5, _ ("Decision over"), advice->counter ? decision : NULL);
  tide_facts_set (self->facts, 6, _ ("Measured on"), measured);
}

static void
show_try (TideAdviceCard *self)
{
  g_autofree char *tolerance = tide_words_of_error (self->tried_tolerance);
  g_autofree char *objective = self->tried_objective > 0 ? tide_format_duration (self->tried_objective)
                                                         : g_strdup (_ ("none"));
  guint at = 0;

  while (at + 1 < G_N_ELEMENTS (objectives)
         && (self->tried_objective == 0 || objectives[at] < self->tried_objective) && objectives[at] > 0)
    at++;
  self->is_filling = true;
  gtk_range_set_value (GTK_RANGE (self->tolerance), log10 (self->tried_tolerance));
  gtk_range_set_value (GTK_RANGE (self->objective), at);
  self->is_filling = false;
  gtk_label_set_text (self->tolerance_value, tolerance);
  gtk_label_set_text (self->objective_value, objective);
  gtk_widget_set_visible (GTK_WIDGET (self->buttons), self->what_if.is_other);
}

static void
show (TideAdviceCard *self)
{
  const TideAdvices *advices = self->answer->advices;
  g_autofree char *sentence = tide_words_of_advice (&self->what_if);
  g_autofree char *note = tide_words_of_stream (&self->what_if, advices, self->answer->workspace);

  gtk_label_set_text (self->title, self->what_if.advice.title);
  gtk_label_set_text (self->definition, self->what_if.advice.definition);
  gtk_label_set_text (self->sentence, sentence);
  gtk_label_set_text (self->note, note != NULL ? note : "");
  gtk_widget_set_visible (GTK_WIDGET (self->note), note != NULL);
  show_saves (self);
  show_facts (self);
  show_try (self);
  gtk_widget_set_visible (GTK_WIDGET (self->apply), tide_what_if_changes (&self->what_if));
  gtk_widget_set_sensitive (GTK_WIDGET (self->apply), !self->is_busy);
  tide_advice_curve_set (self->curve, &self->what_if, advices->currency, advices->exchange);
}

static const TideAdvice *
get_advice (TideAdviceCard *self)
{
  return self->answer != NULL && self->metric != NULL ? tide_advices_find (self->answer->advices, self->metric) : NULL;
}

static void
try (TideAdviceCard *self, double tolerance, TideDuration objective)
{
  const TideAdvice *advice = get_advice (self);

  if (advice == NULL)
    return;
  self->tried_tolerance = tolerance;
  self->tried_objective = objective;
  tide_what_if_try (&self->what_if, self->answer->advices, advice, tolerance, objective);
  show (self);
}

void
tide_advice_card_set (TideAdviceCard *self, TideCostAnswer *answer, const char *metric)
{
  bool is_same = self->has_advice && self->what_if.is_other && g_strcmp0 (metric, self->metric) == 0;
  char *name = g_strdup (metric);
  const TideAdvice *advice;

  if (answer != NULL)
    tide_cost_answer_ref (answer);
  tide_what_if_clear (&self->what_if);
  g_clear_pointer (&self->answer, tide_cost_answer_unref);
  self->answer = answer;
  g_free (self->metric);
  self->metric = name;
  advice = get_advice (self);
  self->has_advice = advice != NULL;
  gtk_stack_set_visible_child_name (self->stack, advice != NULL ? "advice" : "none");
  if (advice == NULL)
    tide_advice_curve_set (self->curve, NULL, answer != NULL ? answer->advices->currency : "", 1);
  else if (is_same) /* what is tried stays while the figures come in */
    try (self, self->tried_tolerance, self->tried_objective);
  else
    try (self, advice->tolerance, advice->objective);
}

void
tide_advice_card_get_tried (TideAdviceCard *self, double *ret_tolerance, TideDuration *ret_objective)
{
  *ret_tolerance = self->tried_tolerance;
  *ret_objective = self->tried_objective;
}

void
tide_advice_card_set_busy (TideAdviceCard *self, bool is_busy)
{
  self->is_busy = is_busy;
  gtk_widget_set_sensitive (GTK_WIDGET (self->apply), !is_busy);
}

void
tide_advice_card_set_stacked (TideAdviceCard *self, bool is_stacked)
{
  GtkOrientation orientation = is_stacked ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL;

  if (gtk_orientable_get_orientation (GTK_ORIENTABLE (self->box)) == orientation)
    return;
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->box), orientation);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->separator),
                                  is_stacked ? GTK_ORIENTATION_HORIZONTAL : GTK_ORIENTATION_VERTICAL);
  gtk_widget_set_hexpand (self->side, is_stacked);
}

/* What the person does */

static double
round_tolerance (double tolerance)
{
  double unit = pow (10, floor (log10 (tolerance)) - 1);

  return rint (tolerance / unit) * unit;
}

static void
on_tolerance (TideAdviceCard *self)
{
  if (!self->is_filling)
    try (self, round_tolerance (pow (10, gtk_range_get_value (GTK_RANGE (self->tolerance)))), self->tried_objective);
}

static void
on_objective (TideAdviceCard *self)
{
  guint at = (guint) CLAMP (rint (gtk_range_get_value (GTK_RANGE (self->objective))), 0, G_N_ELEMENTS (objectives) - 1);

  if (!self->is_filling)
    try (self, self->tried_tolerance, objectives[at]);
}

static void
on_dragged (TideAdviceCard *self, double tolerance)
{
  try (self, tolerance, self->tried_objective);
}

static void
on_reset (TideAdviceCard *self)
{
  const TideAdvice *advice = get_advice (self);

  if (advice != NULL)
    try (self, advice->tolerance, advice->objective);
}

static void
on_keep (TideAdviceCard *self)
{
  g_signal_emit (self, signals[KEEP], 0, self->metric);
}

static void
on_apply (TideAdviceCard *self)
{
  const TideAdvicePoint *point = self->has_advice ? tide_what_if_get_point (&self->what_if) : NULL;

  if (point != NULL)
    g_signal_emit (self, signals[APPLY], 0, self->metric, (gint64) point->every);
}

/* The object */

static void
tide_advice_card_finalize (GObject *object)
{
  TideAdviceCard *self = TIDE_ADVICE_CARD (object);

  tide_what_if_clear (&self->what_if);
  g_clear_pointer (&self->answer, tide_cost_answer_unref);
  g_free (self->metric);
  G_OBJECT_CLASS (tide_advice_card_parent_class)->finalize (object);
}

static void
bind_children (GtkWidgetClass *class)
{
  gtk_widget_class_bind_template_child (class, TideAdviceCard, box);
  gtk_widget_class_bind_template_child (class, TideAdviceCard, buttons);
  gtk_widget_class_bind_template_child (class, TideAdviceCard, separator);
  gtk_widget_class_bind_template_child (class, TideAdviceCard, side);
  gtk_widget_class_bind_template_child (class, TideAdviceCard, stack);
  gtk_widget_class_bind_template_child (class, TideAdviceCard, curve);
  gtk_widget_class_bind_template_child (class, TideAdviceCard, title);
  gtk_widget_class_bind_template_child (class, TideAdviceCard, definition);
  gtk_widget_class_bind_template_child (class, TideAdviceCard, sentence);
  gtk_widget_class_bind_template_child (class, TideAdviceCard, saves_title);
  gtk_widget_class_bind_template_child (class, TideAdviceCard, saves);
  gtk_widget_class_bind_template_child (class, TideAdviceCard, saves_unit);
  gtk_widget_class_bind_template_child (class, TideAdviceCard, saves_month);
  gtk_widget_class_bind_template_child (class, TideAdviceCard, note);
  gtk_widget_class_bind_template_child (class, TideAdviceCard, facts);
  gtk_widget_class_bind_template_child (class, TideAdviceCard, tolerance);
  gtk_widget_class_bind_template_child (class, TideAdviceCard, objective);
  gtk_widget_class_bind_template_child (class, TideAdviceCard, tolerance_value);
  gtk_widget_class_bind_template_child (class, TideAdviceCard, objective_value);
  gtk_widget_class_bind_template_child (class, TideAdviceCard, apply);
  gtk_widget_class_bind_template_callback (class, on_reset);
  gtk_widget_class_bind_template_callback (class, on_keep);
  gtk_widget_class_bind_template_callback (class, on_apply);
}

static void
tide_advice_card_class_init (TideAdviceCardClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tide_advice_card_finalize;
  signals[APPLY] = g_signal_new ("apply", TIDE_TYPE_ADVICE_CARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                 G_TYPE_STRING, G_TYPE_INT64);
  signals[KEEP] = g_signal_new ("keep", TIDE_TYPE_ADVICE_CARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                G_TYPE_STRING);
  g_type_ensure (TIDE_TYPE_ADVICE_CURVE);
  gtk_widget_class_set_template_from_resource (GTK_WIDGET_CLASS (class),
                                               "/io/github/tidemark/Tidemark/app-advice-card.ui");
  bind_children (GTK_WIDGET_CLASS (class));
}

static void
tide_advice_card_init (TideAdviceCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_range_set_range (GTK_RANGE (self->tolerance), -6, 0);
  gtk_range_set_increments (GTK_RANGE (self->tolerance), 0.1, 0.5);
  gtk_range_set_range (GTK_RANGE (self->objective), 0, G_N_ELEMENTS (objectives) - 1);
  gtk_range_set_increments (GTK_RANGE (self->objective), 1, 3);
  gtk_range_set_round_digits (GTK_RANGE (self->objective), 0);
  g_signal_connect_object (self->tolerance, "value-changed", G_CALLBACK (on_tolerance), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->objective, "value-changed", G_CALLBACK (on_objective), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->curve, "tolerance", G_CALLBACK (on_dragged), self, G_CONNECT_SWAPPED);
  tide_accessible_name_buttons (GTK_WIDGET (self));
}
