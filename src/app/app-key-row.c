/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A row for each key that a kind of source has, made from the catalog: a new kind needs no code here. Choices are a
 * combo, switches a switch, a time with choices a combo and an entry for another time, keys by prefix a folding list.
 * What is wrong is said in the row's own title, where the person looks and a screen reader reads. */
#include "app-key-row.h"

#include "app-preferences-private.h"

#include <glib/gi18n.h>
#include <string.h>

struct _TideKeyRow
{
  const TideKeySpec *spec;
  GtkWidget *row;      /* entry, combo, action row of a switch, or expander */
  GtkWidget *other;    /* the switch; or the entry of another time; else NULL */
  GPtrArray *entries;  /* of PREFIX: AdwEntryRow*, titled by the rest of the name */
};

char *
tide_key_choice_title (const char *choice)
{
  static const struct
  {
    const char *choice, *title;
  } titles[] = {
    { "plaintext", N_ ("Not encrypted") }, { "tls", N_ ("TLS") },       { "sasl", N_ ("SASL, not encrypted") },
    { "sasl-tls", N_ ("SASL over TLS") },  { "earliest", N_ ("Earliest") }, { "latest", N_ ("Latest") },
    { "sse", N_ ("Server-sent events") },  { "websocket", N_ ("WebSocket") }, { "ndjson", N_ ("NDJSON") },
    { "auto", N_ ("Automatic") },
  };
  char *title;

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    if (g_str_equal (choice, titles[i].choice))
      return g_strdup (_ (titles[i].title));
  title = g_strdup (choice);
  title[0] = g_ascii_toupper (title[0]);
  return title;
}

static const char *
title_of (const TideKeySpec *spec)
{
  return spec->title != NULL ? _ (spec->title) : spec->name;
}

static guint
n_choices (const TideKeySpec *spec)
{
  return spec->choices != NULL ? g_strv_length ((char **) spec->choices) : 0;
}

static GtkWidget *
new_entry (const char *title, const char *text)
{
  GtkWidget *row = adw_entry_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  gtk_editable_set_text (GTK_EDITABLE (row), text != NULL ? text : "");
  tide_preferences_name (GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (row))), title);
  return row;
}

static void
on_typed (GtkWidget *row, TideKeyRow *self)
{
  if (gtk_widget_has_css_class (row, "error"))
    tide_preferences_set_problem (row, title_of (self->spec), NULL);
}

/* A choice, or what is typed when there is another one at the end: "At a time". */
static void
on_choice (TideKeyRow *self)
{
  if (self->other != NULL)
    gtk_widget_set_visible (self->other,
                            adw_combo_row_get_selected (ADW_COMBO_ROW (self->row)) == n_choices (self->spec));
}

static void
make_choice (TideKeyRow *self, AdwPreferencesGroup *group, const char *value)
{
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);
  bool is_open = self->spec->type == TIDE_KEY_TIME;
  bool optional = !self->spec->required && self->spec->fallback == NULL && !is_open;
  guint selected = is_open && value != NULL ? n_choices (self->spec) : 0;

  for (guint i = 0; i < n_choices (self->spec); i++)
    {
      g_autofree char *title = tide_key_choice_title (self->spec->choices[i]);

      gtk_string_list_append (list, title);
      if (g_strcmp0 (value, self->spec->choices[i]) == 0)
        selected = i;
    }
  if (optional || is_open)
    gtk_string_list_append (list, is_open ? _ ("At a time") : _ ("Not set"));
  if (optional && value == NULL)
    selected = n_choices (self->spec);
  self->row = adw_combo_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->row), title_of (self->spec));
  tide_preferences_name (self->row, title_of (self->spec));
  adw_combo_row_set_model (ADW_COMBO_ROW (self->row), G_LIST_MODEL (list));
  adw_combo_row_set_selected (ADW_COMBO_ROW (self->row), selected);
  adw_preferences_group_add (group, self->row);
  if (!is_open)
    return;
  self->other = new_entry (_ ("Time, such as 2026-11-01T00:00Z"), selected == n_choices (self->spec) ? value : NULL);
  adw_preferences_group_add (group, self->other);
  g_signal_connect_swapped (self->row, "notify::selected", G_CALLBACK (on_choice), self);
  on_choice (self);
}

static void
make_switch (TideKeyRow *self, AdwPreferencesGroup *group, const char *value)
{
  bool on = false;

  if (value != NULL)
    tide_bool_parse (value, &on, NULL);
  self->row = tide_preferences_row_new (title_of (self->spec), self->spec->help != NULL ? _ (self->spec->help) : NULL);
  self->other = gtk_switch_new ();
  gtk_switch_set_active (GTK_SWITCH (self->other), on);
  gtk_widget_set_valign (self->other, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self->row), self->other);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (self->row), self->other); /* names it too */
  adw_preferences_group_add (group, self->row);
}

/* Keys by prefix */

static void
on_remove_entry (GtkWidget *button, TideKeyRow *self)
{
  GtkWidget *entry = gtk_widget_get_ancestor (button, ADW_TYPE_ENTRY_ROW);

  adw_expander_row_remove (ADW_EXPANDER_ROW (self->row), entry);
  g_ptr_array_remove (self->entries, entry);
}

static void
add_entry (TideKeyRow *self, const char *name, const char *value)
{
  GtkWidget *entry = new_entry (name, value), *button = gtk_button_new_from_icon_name ("list-remove-symbolic");
  g_autofree char *spoken = g_strdup_printf (_ ("Remove %s"), name);

  gtk_widget_set_tooltip_text (button, spoken);
  tide_preferences_name (button, spoken);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  g_signal_connect (button, "clicked", G_CALLBACK (on_remove_entry), self);
  adw_entry_row_add_suffix (ADW_ENTRY_ROW (entry), button);
  g_ptr_array_add (self->entries, entry);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self->row), entry);
}

static void
on_add_entry (GtkWidget *entry, TideKeyRow *self)
{
  g_autofree char *text = g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry)));
  g_autofree char *key = NULL;
  g_autoptr (GError) error = NULL;
  char *equals = strchr (text, '=');

  if (equals == NULL || equals == text)
    {
      tide_preferences_set_problem (entry, _ ("Add NAME=VALUE"), _ ("a name, “=” and a value are expected"));
      return;
    }
  *equals = '\0';
  g_strstrip (text);
  key = g_strconcat (self->spec->name, text, NULL);
  if (!tide_key_spec_check (self->spec, key, equals + 1, &error))
    {
      tide_preferences_set_problem (entry, _ ("Add NAME=VALUE"), error->message);
      return;
    }
  tide_preferences_set_problem (entry, _ ("Add NAME=VALUE"), NULL);
  add_entry (self, text, equals + 1);
  gtk_editable_set_text (GTK_EDITABLE (entry), "");
}

static void
make_prefix (TideKeyRow *self, AdwPreferencesGroup *group, const TideConf *conf, const char *section)
{
  GtkWidget *add = new_entry (_ ("Add NAME=VALUE"), NULL);
  gsize len = strlen (self->spec->name);

  self->entries = g_ptr_array_new ();
  self->row = adw_expander_row_new ();
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self->row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->row), title_of (self->spec));
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self->row), self->spec->help != NULL ? _ (self->spec->help) : "");
  adw_entry_row_set_show_apply_button (ADW_ENTRY_ROW (add), TRUE);
  g_signal_connect (add, "apply", G_CALLBACK (on_add_entry), self);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self->row), add);
  adw_preferences_group_add (group, self->row);
  for (guint s = 0; section != NULL && s < tide_conf_get_n_sections (conf); s++)
    for (guint i = 0; g_str_equal (tide_conf_get_section (conf, s, NULL), section)
                      && i < tide_conf_get_n_keys (conf, s); i++)
      {
        const char *value;
        const char *key = tide_conf_get_key (conf, s, i, &value, NULL);

        if (g_str_has_prefix (key, self->spec->name))
          add_entry (self, key + len, value);
      }
}

/* Public */

TideKeyRow *
tide_key_row_new (const TideKeySpec *spec, AdwPreferencesGroup *group, const TideConf *conf, const char *section)
{
  TideKeyRow *self = g_new0 (TideKeyRow, 1);
  const char *value = section != NULL ? tide_conf_get (conf, section, spec->name) : NULL;

  self->spec = spec;
  if (value == NULL)
    value = spec->fallback;
  if (spec->type == TIDE_KEY_PREFIX)
    make_prefix (self, group, conf, section);
  else if (spec->type == TIDE_KEY_CHOICE || (spec->type == TIDE_KEY_TIME && spec->choices != NULL))
    make_choice (self, group, value);
  else if (spec->type == TIDE_KEY_BOOL)
    make_switch (self, group, value);
  else
    {
      self->row = new_entry (title_of (spec), value);
      gtk_widget_set_tooltip_text (self->row, spec->help != NULL ? _ (spec->help) : NULL);
      if (spec->type == TIDE_KEY_INT || spec->type == TIDE_KEY_REAL)
        adw_entry_row_set_input_purpose (ADW_ENTRY_ROW (self->row), GTK_INPUT_PURPOSE_NUMBER);
      g_signal_connect (self->row, "changed", G_CALLBACK (on_typed), self);
      adw_preferences_group_add (group, self->row);
    }
  return self;
}

void
tide_key_row_free (TideKeyRow *row)
{
  if (row == NULL)
    return;
  g_signal_handlers_disconnect_by_data (row->row, row);
  g_clear_pointer (&row->entries, g_ptr_array_unref);
  g_free (row);
}

char *
tide_key_row_get_value (const TideKeyRow *self)
{
  guint selected;

  if (GTK_IS_SWITCH (self->other))
    return g_strdup (gtk_switch_get_active (GTK_SWITCH (self->other)) ? "true" : "false");
  if (!ADW_IS_COMBO_ROW (self->row))
    return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->row))));
  selected = adw_combo_row_get_selected (ADW_COMBO_ROW (self->row));
  if (selected < n_choices (self->spec))
    return g_strdup (self->spec->choices[selected]);
  return g_strstrip (g_strdup (self->other != NULL ? gtk_editable_get_text (GTK_EDITABLE (self->other)) : ""));
}

const char *
tide_key_row_get_name (const TideKeyRow *self)
{
  return self->spec->name;
}

void
tide_key_row_set_visible (TideKeyRow *self, bool visible)
{
  gtk_widget_set_visible (self->row, visible);
}

void
tide_key_row_connect (TideKeyRow *self, GCallback changed, GObject *object)
{
  g_signal_connect_object (self->row, "notify::selected", changed, object, G_CONNECT_SWAPPED);
}

bool
tide_key_row_check (TideKeyRow *self)
{
  g_autofree char *value = NULL;
  g_autoptr (GError) error = NULL;

  if (self->spec->type == TIDE_KEY_PREFIX)
    return true; /* each was checked when it was added; the whole file is once more when it is saved */
  value = tide_key_row_get_value (self);
  if (*value == '\0' && self->spec->required)
    tide_preferences_set_problem (self->row, title_of (self->spec), self->spec->help != NULL ? _ (self->spec->help) : _ ("needed"));
  else if (*value != '\0' && !tide_key_spec_check (self->spec, self->spec->name, value, &error))
    tide_preferences_set_problem (self->row, title_of (self->spec), error->message);
  else
    {
      tide_preferences_set_problem (self->row, title_of (self->spec), NULL);
      return true;
    }
  return false;
}

static void
write_prefix (const TideKeyRow *self, TideConf *conf, const char *section)
{
  g_autoptr (GPtrArray) old = g_ptr_array_new_with_free_func (g_free);

  for (guint s = 0; s < tide_conf_get_n_sections (conf); s++)
    for (guint i = 0; g_str_equal (tide_conf_get_section (conf, s, NULL), section)
                      && i < tide_conf_get_n_keys (conf, s); i++)
      {
        const char *key = tide_conf_get_key (conf, s, i, NULL, NULL);

        if (g_str_has_prefix (key, self->spec->name))
          g_ptr_array_add (old, g_strdup (key));
      }
  for (guint i = 0; i < self->entries->len; i++)
    {
      GtkWidget *entry = g_ptr_array_index (self->entries, i);
      g_autofree char *key = g_strconcat (self->spec->name,
                                          adw_preferences_row_get_title (ADW_PREFERENCES_ROW (entry)), NULL);
      guint at;

      tide_conf_set (conf, section, key, gtk_editable_get_text (GTK_EDITABLE (entry)));
      if (g_ptr_array_find_with_equal_func (old, key, g_str_equal, &at))
        g_ptr_array_remove_index (old, at);
    }
  for (guint i = 0; i < old->len; i++)
    tide_conf_set (conf, section, g_ptr_array_index (old, i), NULL);
}

void
tide_key_row_write (const TideKeyRow *self, TideConf *conf, const char *section)
{
  g_autofree char *value = NULL;

  if (self->spec->type == TIDE_KEY_PREFIX)
    {
      write_prefix (self, conf, section);
      return;
    }
  value = tide_key_row_get_value (self);
  if (*value == '\0')
    tide_conf_set (conf, section, self->spec->name, NULL);
  else if (g_strcmp0 (value, self->spec->fallback) != 0 || tide_conf_get (conf, section, self->spec->name) != NULL)
    tide_conf_set (conf, section, self->spec->name, value);
}
