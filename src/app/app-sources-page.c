/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Preferences ▸ Sources: a row a source with its state, rate and lag, a switch, and its page behind it; and what is
 * guaranteed of each. Rows are made when the workspace changes and only filled when the status does, so that the
 * keyboard's place is kept. */
#include "app-preferences-private.h"

#include "app-format.h"
#include "app-key-row.h"
#include "app-mark.h"

#include <glib/gi18n.h>

/* No data from a source that streamed: said after this long. */
#define SILENT_AFTER (30 * TIDE_SECOND)

typedef struct
{
  char *name;
  GtkWidget *row, *mark, *facts, *toggle;
  char *place; /* "Kafka · broker-1:9093 · orders" */
  gulong handler;
} Row;

struct _TideSourcesPage
{
  AdwPreferencesPage parent_instance;

  TidePreferences *window; /* its window, borrowed */
  AdwPreferencesGroup *list, *rules, *guarantee;
  GtkWidget *add;
  GPtrArray *rows;         /* Row* */
  GPtrArray *guarantees;   /* borrowed rows of the last group */
  GPtrArray *streams;      /* borrowed rows of the group of rules */
  GtkWidget *empty;
};

G_DEFINE_FINAL_TYPE (TideSourcesPage, tide_sources_page, ADW_TYPE_PREFERENCES_PAGE)

static void
row_free (void *data)
{
  Row *row = data;

  g_free (row->name);
  g_free (row->place);
  g_free (row);
}

/* The status of a row */

static char *
facts_of (const TideSourceInfo *source, TideTime now)
{
  const TideSourceStatus *status = &source->status;
  g_autofree char *number = NULL, *rate = NULL, *lag = NULL;

  if (!source->enabled)
    return g_strdup (_ ("off"));
  if (status->state == TIDE_SOURCE_STREAMING && status->newest != TIDE_TIME_NONE && status->events_per_s < 0.005
      && now - status->newest > SILENT_AFTER)
    {
      g_autofree char *age = tide_format_age (now - status->newest);

      return g_strdup_printf (_ ("no data for %s"), age);
    }
  if (status->state != TIDE_SOURCE_STREAMING && status->state != TIDE_SOURCE_CATCHING_UP)
    return g_strdup (tide_state_source_word (status));
  number = tide_format_short (status->events_per_s);
  rate = tide_format_with_unit (g_steal_pointer (&number), "/s");
  if (status->lag < 0)
    return g_steal_pointer (&rate);
  lag = tide_format_duration (status->lag);
  return g_strdup_printf (_ ("%s · lag %s"), rate, lag);
}

static char *
place_with_partitions (const Row *row, const TideSourceStatus *status)
{
  if (status->message != NULL)
    return g_strdup (status->message);
  if (status->partitions > 1)
    return g_strdup_printf (ngettext ("%s, %u partition", "%s, %u partitions", status->partitions), row->place,
                            status->partitions);
  if (status->gaps > 0)
    return g_strdup_printf (ngettext ("%s · %u gap since the start", "%s · %u gaps since the start",
                                      (gulong) status->gaps),
                            row->place, (guint) status->gaps);
  return g_strdup (row->place);
}

static void
fill_row (Row *row, const TideSourceInfo *source, TideTime now)
{
  g_autofree char *facts = facts_of (source, now), *place = place_with_partitions (row, &source->status);
  TideState state = source->enabled ? tide_state_of_source (&source->status) : TIDE_STATE_OFF;
  const char *class;

  if (state == TIDE_STATE_GOOD && g_str_has_prefix (facts, _ ("no data")))
    state = TIDE_STATE_PENDING;
  class = tide_state_css_class (state);
  tide_state_mark_set_state (TIDE_STATE_MARK (row->mark), state);
  gtk_label_set_text (GTK_LABEL (row->facts), facts);
  gtk_widget_set_css_classes (row->facts, (const char *[]){ "numeric", "caption",
                                                            class != NULL ? class : "dim-label", NULL });
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row->row), place);
}

void
tide_sources_page_tick (TideSourcesPage *self, const TideStatus *status)
{
  for (guint i = 0; i < self->rows->len; i++)
    for (guint s = 0; s < status->n_sources; s++)
      {
        Row *row = g_ptr_array_index (self->rows, i);

        if (g_str_equal (row->name, status->sources[s].name))
          fill_row (row, &status->sources[s], status->time);
      }
}

/* Edits */

static bool same_rows (TideSourcesPage *self, const TideWorkspace *workspace);

/* After a failure the switches say what the file says. */
static void
on_switched (GtkWidget *owner, const GError *error)
{
  TidePreferences *window = tide_preferences_of (owner);
  g_autoptr (TideWorkspace) workspace = NULL;

  if (error == NULL || window == NULL)
    return;
  workspace = tide_pipeline_get_workspace (tide_preferences_get_pipeline (window));
  same_rows (TIDE_SOURCES_PAGE (owner), workspace);
  tide_preferences_toast (window, error->message);
}

static void
on_switch (GtkSwitch *toggle, GParamSpec *spec, TideSourcesPage *self)
{
  const char *name = g_object_get_data (G_OBJECT (toggle), "tide-source");
  g_autofree char *section = g_strconcat ("source ", name, NULL);
  g_autoptr (TideConf) conf = tide_preferences_edit (self->window);
  bool named = tide_conf_get (conf, section, "enabled") != NULL, on = gtk_switch_get_active (toggle);

  tide_conf_set (conf, section, "enabled", on ? (named ? "true" : NULL) : "false");
  tide_preferences_apply (self->window, g_steal_pointer (&conf), NULL, GTK_WIDGET (self), on_switched);
}

static void
on_row (GtkWidget *widget, TideSourcesPage *self)
{
  const char *name = g_object_get_data (G_OBJECT (widget), "tide-source");

  tide_preferences_present (self->window, tide_source_editor_new (self->window, NULL, name));
}

/* "Kafka · broker-1.eu:9093 · orders": the kind, and what its required keys say. */
static char *
place_of (const TideSourceDef *source)
{
  GString *place = g_string_new (source->spec->title != NULL ? _ (source->spec->title) : source->spec->kind);

  for (guint i = 0; i < source->spec->n_keys; i++)
    {
      const TideKeySpec *key = &source->spec->keys[i];
      const char *value = key->required ? tide_source_def_get (source, key->name) : NULL;

      if (value != NULL)
        g_string_append_printf (place, " · %s", value);
    }
  return g_string_free (place, FALSE);
}

static void
add_row (TideSourcesPage *self, const TideSourceDef *source)
{
  Row *row = g_new0 (Row, 1);
  g_autofree char *spoken = g_strdup_printf (_ ("%s is on"), source->name);
  GtkWidget *arrow = gtk_image_new_from_icon_name ("go-next-symbolic");

  row->name = g_strdup (source->name);
  row->place = place_of (source);
  row->row = tide_preferences_row_new (source->name, row->place);
  row->mark = tide_state_mark_new ();
  row->facts = gtk_label_new (NULL);
  row->toggle = gtk_switch_new ();
  gtk_widget_set_size_request (row->mark, 16, -1);
  gtk_widget_set_valign (row->toggle, GTK_ALIGN_CENTER);
  gtk_switch_set_active (GTK_SWITCH (row->toggle), source->enabled);
  tide_preferences_name (row->toggle, spoken);
  tide_state_mark_set_state (TIDE_STATE_MARK (row->mark), source->enabled ? TIDE_STATE_NORMAL : TIDE_STATE_OFF);
  g_object_set_data_full (G_OBJECT (row->toggle), "tide-source", g_strdup (source->name), g_free);
  g_object_set_data_full (G_OBJECT (row->row), "tide-source", g_strdup (source->name), g_free);
  row->handler = g_signal_connect (row->toggle, "notify::active", G_CALLBACK (on_switch), self);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row->row), row->mark);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row->row), row->facts);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row->row), row->toggle);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row->row), arrow);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row->row), 2);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row->row), TRUE);
  g_signal_connect (row->row, "activated", G_CALLBACK (on_row), self);
  adw_preferences_group_add (self->list, row->row);
  g_ptr_array_add (self->rows, row);
}

/* Whether the rows still stand for the sources of the workspace: then only the switches are set. */
static bool
same_rows (TideSourcesPage *self, const TideWorkspace *workspace)
{
  bool same = self->rows->len == workspace->sources->len;

  for (guint i = 0; same && i < self->rows->len; i++)
    {
      const Row *row = g_ptr_array_index (self->rows, i);
      const TideSourceDef *source = g_ptr_array_index (workspace->sources, i);
      g_autofree char *place = place_of (source);

      same = g_str_equal (row->name, source->name) && g_str_equal (row->place, place);
    }
  for (guint i = 0; same && i < self->rows->len; i++)
    {
      Row *row = g_ptr_array_index (self->rows, i);
      const TideSourceDef *source = g_ptr_array_index (workspace->sources, i);

      g_signal_handler_block (row->toggle, row->handler);
      gtk_switch_set_active (GTK_SWITCH (row->toggle), source->enabled);
      g_signal_handler_unblock (row->toggle, row->handler);
    }
  return same;
}

/* Guarantee */

static char *
names_of (const TideWorkspace *workspace, bool exactly_once, guint *ret_n)
{
  GString *names = g_string_new (NULL);

  *ret_n = 0;
  for (guint i = 0; i < workspace->sources->len; i++)
    {
      const TideSourceDef *source = g_ptr_array_index (workspace->sources, i);

      if (source->spec->exactly_once != exactly_once)
        continue;
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", source->name);
      (*ret_n)++;
    }
  return g_string_free (names, FALSE);
}

static void
add_guarantee (TideSourcesPage *self, const TideWorkspace *workspace, bool exactly_once)
{
  guint n;
  g_autofree char *names = names_of (workspace, exactly_once, &n);
  g_autofree char *text = NULL;
  GtkWidget *row, *icon;

  if (n == 0)
    return;
  text = g_strdup_printf (exactly_once ? ngettext ("%s resumes from the committed position",
                                                   "%s resume from the committed position", n)
                                       : ngettext ("%s cannot be replayed; each gap is recorded and shown in charts",
                                                   "%s cannot be replayed; each gap is recorded and shown in charts", n),
                          names);
  row = tide_preferences_row_new (exactly_once ? _ ("Exactly once") : _ ("At most a gap"), text);
  icon = gtk_image_new_from_icon_name (exactly_once ? "object-select-symbolic" : "dialog-warning-symbolic");
  gtk_widget_add_css_class (icon, exactly_once ? "tide-good" : "tide-warning");
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  adw_preferences_group_add (self->guarantee, row);
  g_ptr_array_add (self->guarantees, row);
}

static void
on_stream (GtkWidget *row, TideSourcesPage *self)
{
  tide_preferences_present (self->window, tide_rules_editor_new (self->window, g_object_get_data (G_OBJECT (row), "tide-stream")));
}

static void
update_rules (TideSourcesPage *self, const TideWorkspace *workspace)
{
  for (guint i = 0; i < self->streams->len; i++)
    adw_preferences_group_remove (self->rules, g_ptr_array_index (self->streams, i));
  g_ptr_array_set_size (self->streams, 0);
  gtk_widget_set_visible (GTK_WIDGET (self->rules), workspace->streams->len > 0);
  for (guint i = 0; i < workspace->streams->len; i++)
    {
      const TideStream *stream = g_ptr_array_index (workspace->streams, i);
      g_autoptr (GPtrArray) rules = tide_stream_list_rules (stream, false);
      g_autofree char *text = g_strdup_printf (ngettext ("%u rule", "%u rules", rules->len), rules->len);
      GtkWidget *row = tide_preferences_row_new (stream->name, text);

      adw_action_row_add_suffix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name ("go-next-symbolic"));
      gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
      g_object_set_data_full (G_OBJECT (row), "tide-stream", g_strdup (stream->name), g_free);
      g_signal_connect (row, "activated", G_CALLBACK (on_stream), self);
      adw_preferences_group_add (self->rules, row);
      g_ptr_array_add (self->streams, row);
    }
}

void
tide_sources_page_update (TideSourcesPage *self, TidePreferences *window, TideWorkspace *workspace)
{
  self->window = window;
  if (!same_rows (self, workspace))
    {
      for (guint i = 0; i < self->rows->len; i++)
        adw_preferences_group_remove (self->list, ((Row *) g_ptr_array_index (self->rows, i))->row);
      g_ptr_array_set_size (self->rows, 0);
      for (guint i = 0; i < workspace->sources->len; i++)
        add_row (self, g_ptr_array_index (workspace->sources, i));
    }
  update_rules (self, workspace);
  gtk_widget_set_visible (self->empty, workspace->sources->len == 0);
  gtk_widget_set_visible (GTK_WIDGET (self->guarantee), workspace->sources->len > 0);
  for (guint i = 0; i < self->guarantees->len; i++)
    adw_preferences_group_remove (self->guarantee, g_ptr_array_index (self->guarantees, i));
  g_ptr_array_set_size (self->guarantees, 0);
  add_guarantee (self, workspace, true);
  add_guarantee (self, workspace, false);
}

/* Add source */

static void
on_kind (GtkWidget *button, TideSourcesPage *self)
{
  const TideSourceSpec *spec = g_object_get_data (G_OBJECT (button), "tide-spec");

  gtk_menu_button_popdown (GTK_MENU_BUTTON (self->add));
  tide_preferences_present (self->window, tide_source_editor_new (self->window, spec, NULL));
}

static GtkWidget *
new_kinds (TideSourcesPage *self)
{
  const TideSourceSpec *const *specs = tide_pipeline_catalog ()->sources;
  GtkWidget *popover = gtk_popover_new (), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  gtk_widget_add_css_class (popover, "menu");
  for (guint i = 0; specs[i] != NULL; i++)
    {
      const char *title = specs[i]->title != NULL ? _ (specs[i]->title) : specs[i]->kind;
      GtkWidget *button = gtk_button_new_with_label (title);

      gtk_widget_add_css_class (button, "flat");
      gtk_widget_set_halign (gtk_button_get_child (GTK_BUTTON (button)), GTK_ALIGN_START);
      g_object_set_data (G_OBJECT (button), "tide-spec", (gpointer) specs[i]);
      g_signal_connect (button, "clicked", G_CALLBACK (on_kind), self);
      gtk_box_append (GTK_BOX (box), button);
    }
  gtk_popover_set_child (GTK_POPOVER (popover), box);
  return popover;
}

static gboolean
popup_add (void *data)
{
  TideSourcesPage *self = data;

  if (gtk_widget_get_mapped (self->add))
    gtk_menu_button_popup (GTK_MENU_BUTTON (self->add));
  g_object_unref (self);
  return G_SOURCE_REMOVE;
}

void
tide_sources_page_add (TideSourcesPage *self)
{
  g_idle_add_full (G_PRIORITY_LOW, popup_add, g_object_ref (self), NULL);
}

static void
tide_sources_page_finalize (GObject *object)
{
  TideSourcesPage *self = TIDE_SOURCES_PAGE (object);

  g_ptr_array_unref (TIDE_SOURCES_PAGE (object)->streams);
  g_ptr_array_unref (self->rows);
  g_ptr_array_unref (self->guarantees);
  G_OBJECT_CLASS (tide_sources_page_parent_class)->finalize (object);
}

static void
tide_sources_page_class_init (TideSourcesPageClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tide_sources_page_finalize;
}

static void
tide_sources_page_init (TideSourcesPage *self)
{
  GtkWidget *content = adw_button_content_new ();

  self->rows = g_ptr_array_new_with_free_func (row_free);
  self->guarantees = g_ptr_array_new ();
  self->streams = g_ptr_array_new ();
  self->rules = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  adw_preferences_group_set_title (self->rules, _ ("Rules of streams"));
  self->list = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  self->guarantee = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  self->add = gtk_menu_button_new ();
  self->empty = tide_preferences_row_new (_ ("No source yet"), _ ("Add one to connect to a stream"));
  adw_button_content_set_icon_name (ADW_BUTTON_CONTENT (content), "list-add-symbolic");
  adw_button_content_set_label (ADW_BUTTON_CONTENT (content), _ ("_Add source"));
  adw_button_content_set_use_underline (ADW_BUTTON_CONTENT (content), TRUE);
  gtk_menu_button_set_child (GTK_MENU_BUTTON (self->add), content);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (self->add), new_kinds (self));
  gtk_widget_add_css_class (self->add, "flat");
  gtk_widget_set_valign (self->add, GTK_ALIGN_CENTER);
  tide_preferences_name (self->add, _ ("Add source"));
  adw_preferences_group_set_title (self->list, _ ("Sources"));
  adw_preferences_group_set_description (self->list, _ ("Each feeds one stream. Changes take effect at once."));
  adw_preferences_group_set_header_suffix (self->list, self->add);
  adw_preferences_group_set_title (self->guarantee, _ ("Guarantee"));
  adw_preferences_group_add (self->list, self->empty);
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (self), self->list);
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (self), self->rules);
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (self), self->guarantee);
}
