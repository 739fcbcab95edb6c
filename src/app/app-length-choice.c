/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app-length-choice.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-format.h"
#include "app-merged-data.h"

struct _TideLengthChoice
{
  AdwBin parent_instance;

  GtkDropDown *drop_down;
  GArray *periods;      /* of the drop-down's rows */
  TidePeriod chosen;    /* n 0: the one that fits */
  bool is_filling;
};

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TideLengthChoice, tide_length_choice, ADW_TYPE_BIN)

static bool
is_same (const GArray *a, const GArray *b)
{
  return a != NULL && a->len == b->len && memcmp (a->data, b->data, a->len * sizeof (TidePeriod)) == 0;
}

static void
offer (TideLengthChoice *self, GArray *periods)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  for (guint i = 0; i < periods->len; i++)
    {
      g_autofree char *length = tide_format_duration (tide_period_length (g_array_index (periods, TidePeriod, i)));
      g_autofree char *name = g_strdup_printf (_ ("%s panes"), length);

      gtk_string_list_append (names, name);
    }
  gtk_drop_down_set_model (self->drop_down, G_LIST_MODEL (names));
  g_clear_pointer (&self->periods, g_array_unref);
  self->periods = g_array_ref (periods);
}

void
tide_length_choice_fill (TideLengthChoice *self, const TideMetric *metric, TideDuration span, bool finer)
{
  g_autoptr (GArray) periods = NULL;
  guint selected;

  periods = tide_merged_get_periods (metric, span, &selected);
  if (finer && selected > 0)
    selected--;
  for (guint i = 0; i < periods->len; i++)
    if (tide_period_equal (g_array_index (periods, TidePeriod, i), self->chosen))
      selected = i;
  self->is_filling = true;
  if (!is_same (self->periods, periods))
    offer (self, periods);
  gtk_drop_down_set_selected (self->drop_down, selected);
  self->is_filling = false;
}

TidePeriod
tide_length_choice_get_period (TideLengthChoice *self, TidePeriod fallback)
{
  guint at = gtk_drop_down_get_selected (self->drop_down);

  return self->periods != NULL && at < self->periods->len ? g_array_index (self->periods, TidePeriod, at) : fallback;
}

void
tide_length_choice_forget (TideLengthChoice *self)
{
  self->chosen = (TidePeriod){ 0 };
}

static void
on_selected (TideLengthChoice *self)
{
  if (self->is_filling)
    return;
  self->chosen = tide_length_choice_get_period (self, self->chosen);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
tide_length_choice_dispose (GObject *object)
{
  TideLengthChoice *self = TIDE_LENGTH_CHOICE (object);

  g_clear_pointer (&self->periods, g_array_unref);
  G_OBJECT_CLASS (tide_length_choice_parent_class)->dispose (object);
}

static void
tide_length_choice_class_init (TideLengthChoiceClass *class)
{
  G_OBJECT_CLASS (class)->dispose = tide_length_choice_dispose;
  signals[CHANGED] = g_signal_new ("changed", TIDE_TYPE_LENGTH_CHOICE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
}

static void
tide_length_choice_init (TideLengthChoice *self)
{
  self->drop_down = GTK_DROP_DOWN (gtk_drop_down_new (NULL, NULL));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->drop_down), _ ("Length of panes"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->drop_down), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Length of panes"), -1);
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->drop_down));
  g_signal_connect_object (self->drop_down, "notify::selected", G_CALLBACK (on_selected), self, G_CONNECT_SWAPPED);
}
