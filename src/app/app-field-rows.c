/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Proposed fields of a stream: one folded row that says what was found, and in it a row a field with its type, and the
 * choice of time and key. Nothing is written before the person presses Add or Save. Fields that the stream has already
 * are left alone, whatever the samples say of their types: that would be another metric's past. */
#include "app-field-rows.h"

#include "app-format.h"
#include "app-preferences-private.h"

#include <glib/gi18n.h>

#define NAMED_MAX 4

typedef struct
{
  const TideDetectedField *field; /* of the kept array */
  GtkWidget *use, *type;
  char *proposed; /* type as text */
} Row;

struct _TideFieldRows
{
  AdwPreferencesGroup parent_instance;

  GtkWidget *button, *shown; /* "None yet", or the expander */
  GPtrArray *fields;         /* TideDetectedField* */
  GPtrArray *rows;           /* Row* */
  GtkWidget *time, *key;     /* combos; NULL: the stream has them */
};

G_DEFINE_FINAL_TYPE (TideFieldRows, tide_field_rows, ADW_TYPE_PREFERENCES_GROUP)

enum
{
  DETECT,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];
static const char *const types[] = { "int", "decimal(2)", "real", "text", "bool", "time", NULL };

static void
row_free (void *data)
{
  Row *row = data;

  g_free (row->proposed);
  g_free (row);
}

static void
show (TideFieldRows *self, GtkWidget *row)
{
  if (self->shown != NULL)
    adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self), self->shown);
  self->shown = row;
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
}

static void
add_field (TideFieldRows *self, AdwExpanderRow *expander, const TideDetectedField *field, bool use)
{
  Row *row = g_new0 (Row, 1);
  GtkWidget *widget = tide_preferences_row_new (field->field->name, NULL);
  g_autoptr (GtkStringList) list = gtk_string_list_new (types);
  g_autofree char *subtitle = NULL, *spoken = NULL;
  guint selected = 0;

  row->field = field;
  row->proposed = tide_type_to_string (field->field->type, field->field->scale);
  while (types[selected] != NULL && !g_str_equal (types[selected], row->proposed))
    selected++;
  if (types[selected] == NULL)
    gtk_string_list_append (list, row->proposed);
  subtitle = field->example != NULL ? g_strdup_printf (_ ("such as %s"), field->example) : g_strdup ("");
  adw_action_row_set_subtitle (ADW_ACTION_ROW (widget), subtitle);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (widget), 1);
  row->use = gtk_check_button_new ();
  row->type = gtk_drop_down_new (G_LIST_MODEL (g_steal_pointer (&list)), NULL);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (row->use), use);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (row->type), selected);
  gtk_widget_set_valign (row->type, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (row->use, GTK_ALIGN_CENTER);
  spoken = g_strdup_printf (_ ("Type of %s"), field->field->name);
  tide_preferences_name (row->type, spoken);
  adw_action_row_add_prefix (ADW_ACTION_ROW (widget), row->use);
  adw_action_row_add_suffix (ADW_ACTION_ROW (widget), row->type);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (widget), row->use);
  adw_expander_row_add_row (expander, widget);
  g_ptr_array_add (self->rows, row);
}

/* A combo of the proposed fields, @looks as the choice of the proposal. */
static GtkWidget *
add_role (TideFieldRows *self, AdwExpanderRow *expander, const char *title, bool for_time)
{
  GtkWidget *combo = adw_combo_row_new ();
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);
  guint selected = 0;

  gtk_string_list_append (list, for_time ? _ ("When it is received") : _ ("None"));
  for (guint i = 0; i < self->rows->len; i++)
    {
      const TideDetectedField *field = ((Row *) g_ptr_array_index (self->rows, i))->field;

      gtk_string_list_append (list, field->field->name);
      if (selected == 0 && (for_time ? field->looks_like_time : field->looks_like_key))
        selected = i + 1;
    }
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (combo), title);
  tide_preferences_name (combo, title);
  adw_combo_row_set_model (ADW_COMBO_ROW (combo), G_LIST_MODEL (list));
  adw_combo_row_set_selected (ADW_COMBO_ROW (combo), selected);
  adw_expander_row_add_row (expander, combo);
  return combo;
}

/* Borrowed; NULL: none. */
static const Row *
get_role (TideFieldRows *self, GtkWidget *combo)
{
  guint selected = combo != NULL ? adw_combo_row_get_selected (ADW_COMBO_ROW (combo)) : 0;

  if (selected == 0 || selected == GTK_INVALID_LIST_POSITION)
    return NULL;
  return g_ptr_array_index (self->rows, selected - 1);
}

static void
update_subtitle (TideFieldRows *self)
{
  const Row *time = get_role (self, self->time), *key = get_role (self, self->key);
  g_autofree char *text = NULL;

  if (self->time == NULL)
    return;
  text = g_strdup_printf (_ ("key %s · time %s"), key != NULL ? key->field->field->name : _ ("none"),
                          time != NULL ? time->field->field->name : _ ("of receipt"));
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self->shown), text);
}

static bool
has_path (const TideStream *stream, const TideField *field)
{
  for (uint32_t i = 0; stream != NULL && i < stream->n_fields; i++)
    if (g_str_equal (stream->fields[i]->path, field->path) || g_str_equal (stream->fields[i]->name, field->name))
      return true;
  return false;
}

static char *
summary (TideFieldRows *self)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < MIN (self->rows->len, NAMED_MAX); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "",
                            ((Row *) g_ptr_array_index (self->rows, i))->field->field->name);
  if (self->rows->len > NAMED_MAX)
    g_string_append_printf (text, ngettext (" and %u more", " and %u more", self->rows->len - NAMED_MAX),
                            self->rows->len - NAMED_MAX);
  return g_string_free (text, FALSE);
}

static void
describe (TideFieldRows *self, guint n, guint n_samples, bool is_new)
{
  g_autofree char *text = NULL;

  text = is_new ? g_strdup_printf (ngettext ("%u found in %u event", "%u found in %u events", n_samples), n, n_samples)
                : g_strdup_printf (ngettext ("%u new in %u event", "%u new in %u events", n_samples), n, n_samples);
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self), text);
}

void
tide_field_rows_set (TideFieldRows *self, GPtrArray *fields, guint n_samples, const TideStream *stream)
{
  bool is_new = stream == NULL || stream->n_fields == 0;
  GtkWidget *expander = adw_expander_row_new ();
  g_autofree char *title = NULL;

  g_ptr_array_set_size (self->rows, 0);
  g_clear_pointer (&self->fields, g_ptr_array_unref);
  self->fields = g_ptr_array_ref (fields);
  self->time = self->key = NULL;
  g_object_ref_sink (expander);
  for (guint i = 0; i < fields->len; i++)
    {
      const TideDetectedField *field = g_ptr_array_index (fields, i);

      if (!has_path (stream, field->field))
        add_field (self, ADW_EXPANDER_ROW (expander), field, is_new);
    }
  describe (self, self->rows->len, n_samples, is_new);
  gtk_button_set_label (GTK_BUTTON (self->button), _ ("Detect again"));
  if (self->rows->len == 0)
    show (self, tide_preferences_row_new (n_samples == 0 ? _ ("No event came") : _ ("Nothing new"),
                                          n_samples == 0 ? _ ("Fields are seen in events: try again once there are some")
                                                         : _ ("The stream has every field that the events have")));
  else
    {
      title = summary (self);
      adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (expander), FALSE);
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (expander), title);
      show (self, expander);
      if (is_new)
        {
          self->time = add_role (self, ADW_EXPANDER_ROW (expander), _ ("Event time"), true);
          self->key = add_role (self, ADW_EXPANDER_ROW (expander), _ ("Key"), false);
          g_signal_connect_object (self->time, "notify::selected", G_CALLBACK (update_subtitle), self,
                                   G_CONNECT_SWAPPED);
          g_signal_connect_object (self->key, "notify::selected", G_CALLBACK (update_subtitle), self,
                                   G_CONNECT_SWAPPED);
          update_subtitle (self);
        }
      else
        adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (expander), _ ("Choose the ones to keep"));
    }
  g_object_unref (expander);
}

static bool
is_used (const Row *row)
{
  return gtk_check_button_get_active (GTK_CHECK_BUTTON (row->use));
}

void
tide_field_rows_write (TideFieldRows *self, TideConf *conf, const char *stream)
{
  const Row *time = get_role (self, self->time), *key = get_role (self, self->key);
  g_autofree char *stream_section = g_strconcat ("stream ", stream, NULL);

  for (guint i = 0; i < self->rows->len; i++)
    {
      const Row *row = g_ptr_array_index (self->rows, i);
      guint selected = gtk_drop_down_get_selected (GTK_DROP_DOWN (row->type));
      const TideField *field = row->field->field;
      g_autofree char *section = g_strdup_printf ("field %s.%s", stream, field->name);
      const char *type = selected < G_N_ELEMENTS (types) - 1 ? types[selected] : row->proposed;

      if (!is_used (row))
        continue;
      if (!g_str_equal (field->path, field->name))
        tide_conf_set (conf, section, "path", field->path);
      tide_conf_set (conf, section, "type", row == time ? "time" : type);
      if (row == time)
        tide_conf_set (conf, section, "required", "true");
    }
  if (time != NULL && is_used (time))
    tide_conf_set (conf, stream_section, "time", time->field->field->name);
  if (key != NULL && is_used (key))
    tide_conf_set (conf, stream_section, "key", key->field->field->name);
}

static void
on_button (TideFieldRows *self)
{
  g_signal_emit (self, signals[DETECT], 0);
}

static void
tide_field_rows_finalize (GObject *object)
{
  TideFieldRows *self = TIDE_FIELD_ROWS (object);

  g_ptr_array_unref (self->rows);
  g_clear_pointer (&self->fields, g_ptr_array_unref);
  G_OBJECT_CLASS (tide_field_rows_parent_class)->finalize (object);
}

static void
tide_field_rows_class_init (TideFieldRowsClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tide_field_rows_finalize;
  signals[DETECT]
      = g_signal_new ("detect", TIDE_TYPE_FIELD_ROWS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tide_field_rows_init (TideFieldRows *self)
{
  self->rows = g_ptr_array_new_with_free_func (row_free);
  self->button = gtk_button_new_with_label (_ ("Detect fields"));
  gtk_widget_add_css_class (self->button, "flat");
  gtk_widget_set_valign (self->button, GTK_ALIGN_CENTER);
  g_signal_connect_swapped (self->button, "clicked", G_CALLBACK (on_button), self);
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self), _ ("Fields"));
  adw_preferences_group_set_header_suffix (ADW_PREFERENCES_GROUP (self), self->button);
  show (self, tide_preferences_row_new (_ ("None yet"),
                                        _ ("Detected from the first 100 events. The source can be added without them")));
}
