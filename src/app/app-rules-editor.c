/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of a stream's rules: those of the stream, and a folded row a field with its rules and repairs. Each row is bound
 * to a key of the workspace file and saved at once. What a rule does when it is broken is asked only of rules that are
 * set. A field's rows are made when it is opened, since a stream of many fields would have a thousand. */
#include "app-preferences-private.h"

#include "app-suite-dialog.h"

#include <glib/gi18n.h>
#include <string.h>

#define TIDE_TYPE_RULES_EDITOR (tide_rules_editor_get_type ())
G_DECLARE_FINAL_TYPE (TideRulesEditor, tide_rules_editor, TIDE, RULES_EDITOR, AdwBin)

/* A rule's terms, shown while it is set. */
typedef struct
{
  char *section;
  const char *key;
  GtkWidget *rows[2];
} Terms;

struct _TideRulesEditor
{
  AdwBin parent_instance;

  TidePreferences *window; /* borrowed: its window */
  char *stream;
  GPtrArray *rows;         /* bound rows, borrowed */
  GPtrArray *terms;        /* Terms* */
  GPtrArray *fields;       /* expanders, borrowed */
};

G_DEFINE_FINAL_TYPE (TideRulesEditor, tide_rules_editor, ADW_TYPE_BIN)

typedef enum
{
  ROW_ENTRY,
  ROW_SWITCH,
  ROW_ORDER,
  ROW_CASE,
} RowKind;

typedef struct
{
  const char *key, *title;
  RowKind kind;
  unsigned types; /* of fields that it is for */
} RowSpec;

#define TEXTS TIDE_TYPE_BIT (TIDE_TYPE_TEXT)

static const RowSpec field_rules[] = {
  { "required", N_ ("Required"), ROW_SWITCH, TIDE_TYPES_ALL },
  { "min", N_ ("Minimum"), ROW_ENTRY, TIDE_TYPES_NUMERIC },
  { "max", N_ ("Maximum"), ROW_ENTRY, TIDE_TYPES_NUMERIC },
  { "min-length", N_ ("Shortest, in characters"), ROW_ENTRY, TEXTS },
  { "max-length", N_ ("Longest, in characters"), ROW_ENTRY, TEXTS },
  { "pattern", N_ ("Pattern, a regular expression"), ROW_ENTRY, TEXTS },
  { "values", N_ ("Allowed values, separated by commas"), ROW_ENTRY, TIDE_TYPES_ALL },
  { "unique", N_ ("Unique within, such as 1d"), ROW_ENTRY, TIDE_TYPES_ALL },
  { "monotonic", N_ ("Never falls"), ROW_ORDER, TIDE_TYPES_NUMERIC | TIDE_TYPE_BIT (TIDE_TYPE_TIME) },
};

static const RowSpec field_repairs[] = {
  { "trim", N_ ("Repair: trim blanks"), ROW_SWITCH, TEXTS },
  { "case", N_ ("Repair: letter case"), ROW_CASE, TEXTS },
  { "map", N_ ("Repair: replace, such as euro: EUR, dollar: USD"), ROW_ENTRY, TIDE_TYPES_ALL },
  { "cast", N_ ("Repair: cast to the field's type"), ROW_SWITCH, TIDE_TYPES_ALL },
  { "default", N_ ("Repair: value where it is missing"), ROW_ENTRY, TIDE_TYPES_ALL },
  { "clamp", N_ ("Repair: clamp to minimum and maximum"), ROW_SWITCH, TIDE_TYPES_NUMERIC },
};

static const RowSpec stream_rules[] = {
  { "freshness", N_ ("Newest event no older than, such as 1min"), ROW_ENTRY, 0 },
  { "min-volume", N_ ("At least so many events, such as 100/10min"), ROW_ENTRY, 0 },
  { "max-volume", N_ ("At most so many events, such as 5000/10min"), ROW_ENTRY, 0 },
  { "drift", N_ ("No schema drift"), ROW_SWITCH, 0 },
};

/* The first is what holds without the key. */
static const char *const orders[] = { "in any order", "partition", "key", NULL };
static const char *const cases[] = { "as it is", "lower", "upper", NULL };
static const char *const severities[] = { "error", "warn", NULL };

static void
terms_free (void *data)
{
  Terms *terms = data;

  g_free (terms->section);
  g_free (terms);
}

/* --- rows --- */

static GtkWidget *
row_new (const RowSpec *spec, const char *section)
{
  switch (spec->kind)
    {
    case ROW_SWITCH:
      return tide_conf_switch_new (section, spec->key, _ (spec->title), false);
    case ROW_ORDER:
      return tide_conf_combo_new (section, spec->key, _ (spec->title), orders, NULL);
    case ROW_CASE:
      return tide_conf_combo_new (section, spec->key, _ (spec->title), cases, NULL);
    case ROW_ENTRY:
    default:
      return tide_conf_row_new (section, spec->key, _ (spec->title), false);
    }
}

typedef void (*AddRow) (GtkWidget *parent, GtkWidget *row);

static void
add_to_group (GtkWidget *group, GtkWidget *row)
{
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
}

static void
add_to_expander (GtkWidget *expander, GtkWidget *row)
{
  adw_expander_row_add_row (ADW_EXPANDER_ROW (expander), row);
}

static void
add_terms (TideRulesEditor *self, GtkWidget *parent, AddRow add, const char *section, const RowSpec *spec)
{
  Terms *terms = g_new0 (Terms, 1);
  g_autofree char *severity = g_strconcat ("severity.", spec->key, NULL), *limit = g_strconcat ("limit.", spec->key, NULL);
  g_auto (GStrv) words = g_strsplit (_ (spec->title), ",", 2); /* without the example */
  g_autofree char *severity_title = g_strdup_printf (_ ("%s: severity"), words[0]);
  g_autofree char *limit_title = g_strdup_printf (_ ("%s: tolerated a day, such as 5 or 0.1%%"), words[0]);

  terms->section = g_strdup (section);
  terms->key = spec->key;
  terms->rows[0] = tide_conf_combo_new (section, severity, severity_title, severities, NULL);
  terms->rows[1] = tide_conf_row_new (section, limit, limit_title, false);
  for (guint i = 0; i < G_N_ELEMENTS (terms->rows); i++)
    {
      gtk_widget_add_css_class (terms->rows[i], "tide-indented");
      add (parent, terms->rows[i]);
      g_ptr_array_add (self->rows, terms->rows[i]);
    }
  g_ptr_array_add (self->terms, terms);
}

static void
add_row (TideRulesEditor *self, GtkWidget *parent, AddRow add, const char *section, const RowSpec *spec)
{
  GtkWidget *row = row_new (spec, section);

  add (parent, row);
  g_ptr_array_add (self->rows, row);
}

static bool
is_set (const TideConf *conf, const Terms *terms)
{
  const char *value = tide_conf_get (conf, terms->section, terms->key);
  bool on;

  return value != NULL && !(tide_bool_parse (value, &on, NULL) && !on);
}

static char *
summarise (const TideStream *stream, int field)
{
  g_autoptr (GPtrArray) rules = tide_stream_list_rules (stream, false);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < rules->len; i++)
    {
      const TideRuleInfo *info = g_ptr_array_index (rules, i);

      if (info->field == field)
        g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", info->text);
    }
  if (text->len == 0)
    g_string_append (text, _ ("no rule"));
  return g_string_free (text, FALSE);
}

/* What the file says now. */
static void
update (TideRulesEditor *self)
{
  g_autoptr (TideConf) conf = tide_preferences_edit (self->window);
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (tide_preferences_get_pipeline (self->window));
  const TideStream *stream = tide_workspace_get_stream (workspace, self->stream);

  for (guint i = 0; i < self->rows->len; i++)
    tide_conf_row_update (g_ptr_array_index (self->rows, i), conf);
  for (guint i = 0; i < self->terms->len; i++)
    {
      const Terms *terms = g_ptr_array_index (self->terms, i);

      for (guint k = 0; k < G_N_ELEMENTS (terms->rows); k++)
        gtk_widget_set_visible (terms->rows[k], is_set (conf, terms));
    }
  for (guint i = 0; stream != NULL && i < self->fields->len; i++)
    {
      GtkWidget *expander = g_ptr_array_index (self->fields, i);
      int field = tide_stream_find_field (stream, g_object_get_data (G_OBJECT (expander), "tide-field"));
      g_autofree char *text = field >= 0 ? summarise (stream, field) : g_strdup ("");

      adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (expander), text);
    }
}

static void
on_expanded (GtkWidget *expander, GParamSpec *spec, TideRulesEditor *self)
{
  const char *name = g_object_get_data (G_OBJECT (expander), "tide-field");
  g_autofree char *section = g_strdup_printf ("field %s.%s", self->stream, name);
  unsigned type = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (expander), "tide-type"));

  if (!adw_expander_row_get_expanded (ADW_EXPANDER_ROW (expander)))
    return;
  g_signal_handlers_disconnect_by_func (expander, on_expanded, self);
  for (guint i = 0; i < G_N_ELEMENTS (field_rules); i++)
    if ((field_rules[i].types & type) != 0)
      {
        add_row (self, expander, add_to_expander, section, &field_rules[i]);
        add_terms (self, expander, add_to_expander, section, &field_rules[i]);
      }
  for (guint i = 0; i < G_N_ELEMENTS (field_repairs); i++)
    if ((field_repairs[i].types & type) != 0)
      add_row (self, expander, add_to_expander, section, &field_repairs[i]);
  update (self);
}

static GtkWidget *
field_new (TideRulesEditor *self, const TideField *field)
{
  GtkWidget *expander = adw_expander_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (expander), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (expander), field->name);
  g_object_set_data_full (G_OBJECT (expander), "tide-field", g_strdup (field->name), g_free);
  g_object_set_data (G_OBJECT (expander), "tide-type", GUINT_TO_POINTER (TIDE_TYPE_BIT (field->type)));
  g_signal_connect (expander, "notify::expanded", G_CALLBACK (on_expanded), self);
  g_ptr_array_add (self->fields, expander);
  return expander;
}

/* --- the page --- */

static void
on_import (TideRulesEditor *self)
{
  tide_suite_dialog_choose (self->window, self->stream);
}

static GtkWidget *
import_new (TideRulesEditor *self)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (_ ("_Import suite…"));

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, _ ("Rules from an expectation suite of Great Expectations (JSON)"));
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_import), self, G_CONNECT_SWAPPED);
  return button;
}

static void
fill (TideRulesEditor *self, const TideStream *stream)
{
  GtkWidget *page = adw_preferences_page_new (), *whole = adw_preferences_group_new (), *fields = adw_preferences_group_new ();
  g_autofree char *section = g_strconcat ("stream ", stream->name, NULL);

  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (whole), _ ("The stream"));
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (whole), _ ("Looked at once a minute."));
  for (guint i = 0; i < G_N_ELEMENTS (stream_rules); i++)
    {
      add_row (self, whole, add_to_group, section, &stream_rules[i]);
      add_terms (self, whole, add_to_group, section, &stream_rules[i]);
    }
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (fields), _ ("Fields"));
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (fields),
                                         _ ("An event that breaks an error rule goes to quarantine; a warning keeps and counts it. Repairs come first."));
  adw_preferences_group_set_header_suffix (ADW_PREFERENCES_GROUP (fields), import_new (self));
  for (uint32_t i = 0; i < stream->n_fields; i++)
    adw_preferences_group_add (ADW_PREFERENCES_GROUP (fields), field_new (self, stream->fields[i]));
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (fields));
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (whole));
  adw_bin_set_child (ADW_BIN (self), page);
}

static void
tide_rules_editor_finalize (GObject *object)
{
  TideRulesEditor *self = TIDE_RULES_EDITOR (object);

  g_free (self->stream);
  g_ptr_array_unref (self->rows);
  g_ptr_array_unref (self->terms);
  g_ptr_array_unref (self->fields);
  G_OBJECT_CLASS (tide_rules_editor_parent_class)->finalize (object);
}

static void
tide_rules_editor_class_init (TideRulesEditorClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tide_rules_editor_finalize;
}

static void
tide_rules_editor_init (TideRulesEditor *self)
{
  self->rows = g_ptr_array_new ();
  self->terms = g_ptr_array_new_with_free_func (terms_free);
  self->fields = g_ptr_array_new ();
}

GtkWidget *
tide_rules_editor_new (TidePreferences *window, const char *stream)
{
  TideRulesEditor *self = g_object_new (TIDE_TYPE_RULES_EDITOR, NULL);
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (tide_preferences_get_pipeline (window));
  const TideStream *definition = tide_workspace_get_stream (workspace, stream);
  g_autofree char *title = g_strdup_printf (_ ("Rules of %s"), stream);

  self->window = window;
  self->stream = g_strdup (stream);
  if (definition != NULL)
    fill (self, definition);
  g_signal_connect_object (tide_preferences_get_pipeline (window), "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  return tide_preferences_subpage_new (title, GTK_WIDGET (self), NULL, NULL);
}
