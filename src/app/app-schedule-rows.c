/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A schedule is chosen from what people choose most, or written as cron; either way its next runs are shown at once, so
 * that nobody has to trust a reading of five fields. */
#include "app-schedule-rows.h"

#include <glib/gi18n.h>

#include "app-format.h"
#include "app-preferences-private.h"

#define SHOWN_RUNS 3

typedef struct
{
  const char *title, *text; /* text NULL: by hand; "": as written */
} Preset;

static const Preset presets[] = {
  { N_ ("By hand only"), NULL },
  { N_ ("Every 15 min"), "*/15 * * * *" },
  { N_ ("Hourly"), "0 * * * *" },
  { N_ ("Daily at 02:00"), "0 2 * * *" },
  { N_ ("Mondays at 06:00"), "0 6 * * 1" },
  { N_ ("Monthly on day 1 at 03:00"), "0 3 1 * *" },
  { N_ ("Own schedule"), "" },
};

struct _TideScheduleRows
{
  GObject parent_instance;

  GtkWidget *preset_row, *cron_row, *zone_row, *preview;
  GTimeZone *fallback;
  bool is_valid;
};

G_DEFINE_FINAL_TYPE (TideScheduleRows, tide_schedule_rows, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static char *
get_text (GtkWidget *row)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));
}

static const Preset *
get_preset (TideScheduleRows *self)
{
  guint selected = adw_combo_row_get_selected (ADW_COMBO_ROW (self->preset_row));

  return &presets[MIN (selected, G_N_ELEMENTS (presets) - 1)];
}

char *
tide_schedule_rows_get_schedule (TideScheduleRows *self)
{
  const Preset *preset = get_preset (self);

  return preset->text != NULL && *preset->text == '\0' ? get_text (self->cron_row) : g_strdup (preset->text);
}

char *
tide_schedule_rows_get_zone (TideScheduleRows *self)
{
  return get_text (self->zone_row);
}

bool
tide_schedule_rows_is_valid (TideScheduleRows *self)
{
  return self->is_valid;
}

static char *
preview_runs (const TideSchedule *schedule, GTimeZone *zone)
{
  g_autofree char *words = tide_schedule_describe (schedule);
  GString *text = g_string_new (words);
  TideTime at = g_get_real_time ();

  for (int i = 0; i < SHOWN_RUNS && (at = tide_schedule_next (schedule, at)) != TIDE_TIME_NONE; i++)
    {
      g_autofree char *time = tide_format_date_time (at, zone);

      g_string_append_printf (text, i == 0 ? _ ("; next %s") : ", %s", time);
    }
  return g_string_free (text, FALSE);
}

static void
on_changed (TideScheduleRows *self)
{
  const Preset *preset = get_preset (self);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = tide_schedule_rows_get_schedule (self), *name = get_text (self->zone_row), *preview = NULL;
  g_autoptr (GTimeZone) zone = *name != '\0' ? tide_time_zone_new (name, &error) : g_time_zone_ref (self->fallback);
  g_autoptr (TideSchedule) schedule = text != NULL && zone != NULL ? tide_schedule_new (text, zone, &error) : NULL;

  if (error != NULL)
    preview = g_strdup (error->message);
  else
    preview = schedule != NULL ? preview_runs (schedule, zone) : g_strdup (_ ("Runs when you press Run now."));
  self->is_valid = error == NULL;
  gtk_widget_set_visible (self->cron_row, preset->text != NULL && *preset->text == '\0');
  gtk_label_set_text (GTK_LABEL (self->preview), preview);
  if (error != NULL)
    gtk_widget_add_css_class (self->preview, "tide-critical");
  else
    gtk_widget_remove_css_class (self->preview, "tide-critical");
  g_signal_emit (self, signals[CHANGED], 0);
}

/* The rows */

static GtkWidget *
add_entry (TideScheduleRows *self, AdwPreferencesGroup *group, const char *title, const char *value)
{
  GtkWidget *row = adw_entry_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  gtk_editable_set_text (GTK_EDITABLE (row), value != NULL ? value : "");
  gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_editable_get_delegate (GTK_EDITABLE (row))),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  g_signal_connect_object (row, "changed", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  adw_preferences_group_add (group, row);
  return row;
}

static guint
preset_of (const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (presets); i++)
    if (g_strcmp0 (presets[i].text, text) == 0)
      return i;
  return G_N_ELEMENTS (presets) - 1;
}

static void
add_presets (TideScheduleRows *self, AdwPreferencesGroup *group, const char *schedule)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (presets); i++)
    gtk_string_list_append (names, _ (presets[i].title));
  self->preset_row = adw_combo_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->preset_row), _ ("Schedule"));
  tide_preferences_name (self->preset_row, _ ("Schedule"));
  adw_combo_row_set_model (ADW_COMBO_ROW (self->preset_row), G_LIST_MODEL (names));
  adw_combo_row_set_selected (ADW_COMBO_ROW (self->preset_row), preset_of (schedule));
  g_signal_connect_object (self->preset_row, "notify::selected", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  adw_preferences_group_add (group, self->preset_row);
}

static void
add_preview (TideScheduleRows *self, AdwPreferencesGroup *group)
{
  self->preview = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->preview), 0);
  gtk_label_set_wrap (GTK_LABEL (self->preview), TRUE);
  gtk_widget_set_margin_top (self->preview, 10);
  gtk_widget_add_css_class (self->preview, "tide-fact");
  adw_preferences_group_add (group, self->preview);
}

static void
tide_schedule_rows_finalize (GObject *object)
{
  g_clear_pointer (&TIDE_SCHEDULE_ROWS (object)->fallback, g_time_zone_unref);
  G_OBJECT_CLASS (tide_schedule_rows_parent_class)->finalize (object);
}

static void
tide_schedule_rows_class_init (TideScheduleRowsClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tide_schedule_rows_finalize;
  signals[CHANGED] = g_signal_new ("changed", TIDE_TYPE_SCHEDULE_ROWS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
}

static void
tide_schedule_rows_init (TideScheduleRows *self)
{
}

TideScheduleRows *
tide_schedule_rows_new (AdwPreferencesGroup *group, const char *schedule, const char *zone, GTimeZone *fallback)
{
  TideScheduleRows *self = g_object_new (TIDE_TYPE_SCHEDULE_ROWS, NULL);

  self->fallback = g_time_zone_ref (fallback);
  add_presets (self, group, schedule);
  self->cron_row = add_entry (self, group, _ ("Cron (minute hour day month weekday), or every 15min"), schedule);
  self->zone_row = add_entry (self, group, _ ("Time zone, such as Europe/Berlin (empty: the workspace's)"), zone);
  add_preview (self, group);
  on_changed (self);
  return self;
}
