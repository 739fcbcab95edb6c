/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app-json-panel.h"

#include "app-mark.h"
#include "model.h"

#include <glib/gi18n.h>
#include <gtksourceview/gtksource.h>

#define BESIDE_FROM 900

struct _TideJsonPanel
{
  AdwBin parent_instance;

  GtkWidget *separator, *back, *copy, *box;
  GtkLabel *title, *detail;
  GtkSourceView *view;
  GtkWidget *table; /* weak */
  bool opened, wide, filled;
};

G_DEFINE_FINAL_TYPE (TideJsonPanel, tide_json_panel, ADW_TYPE_BIN)

static void
update (TideJsonPanel *self)
{
  bool alone = !self->wide && self->opened;

  if (self->table != NULL)
    gtk_widget_set_visible (self->table, !alone);
  gtk_widget_set_visible (GTK_WIDGET (self), (self->wide && self->filled) || alone);
  gtk_widget_set_visible (self->separator, self->wide && self->filled);
  gtk_widget_set_visible (self->back, alone);
  gtk_widget_set_hexpand (GTK_WIDGET (self), alone);
}

void
tide_json_panel_show (TideJsonPanel *self, const char *title, const char *detail, const char *json)
{
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->view)), json != NULL ? json : "", -1);
  gtk_label_set_text (self->title, title != NULL ? title : "");
  gtk_label_set_text (self->detail, detail != NULL ? detail : "");
  gtk_widget_set_sensitive (self->copy, json != NULL);
  self->filled = title != NULL;
  update (self);
}

void
tide_json_panel_fit (TideJsonPanel *self, GtkWidget *table, int width)
{
  bool wide = width >= BESIDE_FROM;

  if (self->table == table && wide == self->wide)
    return;
  g_set_weak_pointer (&self->table, table);
  self->wide = wide;
  self->opened = self->opened && !wide;
  update (self);
}

void
tide_json_panel_open (TideJsonPanel *self)
{
  self->opened = !self->wide;
  update (self);
  if (self->opened)
    gtk_widget_grab_focus (self->back);
}

static void
on_back (TideJsonPanel *self)
{
  self->opened = false;
  update (self);
  if (self->table != NULL)
    gtk_widget_child_focus (self->table, GTK_DIR_TAB_FORWARD);
}

/* Underlined and on a tint of the critical colour, which differ without colour too. */
static GtkTextTag *
get_tag (GtkTextBuffer *buffer)
{
  GtkTextTag *tag = gtk_text_tag_table_lookup (gtk_text_buffer_get_tag_table (buffer), "tide-wrong");
  TideColour colour = tide_palette_get (tide_app_scheme (), TIDE_ROLE_CRITICAL);
  GdkRGBA ground = { colour.red, colour.green, colour.blue, 0.14f };

  if (tag == NULL)
    tag = gtk_text_buffer_create_tag (buffer, "tide-wrong", "weight", PANGO_WEIGHT_BOLD, "underline", PANGO_UNDERLINE_SINGLE, NULL);
  g_object_set (tag, "background-rgba", &ground, NULL);
  return tag;
}

void
tide_json_panel_mark (TideJsonPanel *self, const char *key)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->view));
  g_autofree char *quoted = g_strdup_printf ("\"%s\":", key);
  GtkTextIter start, from, to, end;

  gtk_text_buffer_get_start_iter (buffer, &start);
  if (!gtk_text_iter_forward_search (&start, quoted, GTK_TEXT_SEARCH_TEXT_ONLY, NULL, &from, NULL))
    return;
  while (gtk_text_iter_get_char (&from) == ' ')
    gtk_text_iter_forward_char (&from);
  to = from;
  if (!gtk_text_iter_ends_line (&to))
    gtk_text_iter_forward_to_line_end (&to);
  end = to;
  if (gtk_text_iter_backward_char (&end) && gtk_text_iter_get_char (&end) == ',')
    to = end;
  gtk_text_buffer_apply_tag (buffer, get_tag (buffer), &from, &to);
}

void
tide_json_panel_set_footer (TideJsonPanel *self, GtkWidget *footer)
{
  GtkWidget *line = gtk_separator_new (GTK_ORIENTATION_HORIZONTAL);

  gtk_box_append (GTK_BOX (self->box), line);
  gtk_box_append (GTK_BOX (self->box), footer);
  g_object_bind_property (footer, "visible", line, "visible", G_BINDING_SYNC_CREATE);
}

void
tide_json_panel_set_editable (TideJsonPanel *self, bool editable)
{
  gtk_text_view_set_editable (GTK_TEXT_VIEW (self->view), editable);
  gtk_text_view_set_cursor_visible (GTK_TEXT_VIEW (self->view), editable);
  if (editable)
    gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

char *
tide_json_panel_get_text (TideJsonPanel *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->view));
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  return gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
}

static void
on_copy (TideJsonPanel *self)
{
  g_autofree char *text = tide_json_panel_get_text (self);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", _ ("Copied"));
}

static void
update_scheme (TideJsonPanel *self)
{
  GtkSourceBuffer *buffer = GTK_SOURCE_BUFFER (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->view)));
  bool dark = adw_style_manager_get_dark (adw_style_manager_get_default ());

  gtk_source_buffer_set_style_scheme (buffer, gtk_source_style_scheme_manager_get_scheme (
                                                  gtk_source_style_scheme_manager_get_default (),
                                                  dark ? "Adwaita-dark" : "Adwaita"));
}

static void
tide_json_panel_dispose (GObject *object)
{
  g_clear_weak_pointer (&TIDE_JSON_PANEL (object)->table);
  G_OBJECT_CLASS (tide_json_panel_parent_class)->dispose (object);
}

static void
tide_json_panel_class_init (TideJsonPanelClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_json_panel_dispose;
  g_type_ensure (GTK_SOURCE_TYPE_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-json-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, TideJsonPanel, separator);
  gtk_widget_class_bind_template_child (widget_class, TideJsonPanel, back);
  gtk_widget_class_bind_template_child (widget_class, TideJsonPanel, copy);
  gtk_widget_class_bind_template_child (widget_class, TideJsonPanel, box);
  gtk_widget_class_bind_template_child (widget_class, TideJsonPanel, title);
  gtk_widget_class_bind_template_child (widget_class, TideJsonPanel, detail);
  gtk_widget_class_bind_template_child (widget_class, TideJsonPanel, view);
  gtk_widget_class_bind_template_callback (widget_class, on_back);
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
}

static void
tide_json_panel_init (TideJsonPanel *self)
{
  GtkSourceLanguage *json;

  self->wide = true;
  gtk_widget_init_template (GTK_WIDGET (self));
  json = gtk_source_language_manager_get_language (gtk_source_language_manager_get_default (), "json");
  gtk_source_buffer_set_language (GTK_SOURCE_BUFFER (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->view))), json);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (update_scheme), self,
                           G_CONNECT_SWAPPED);
  update_scheme (self);
}
