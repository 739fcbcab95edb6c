/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app-json-panel.h"

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
  bool opened, wide;
};

G_DEFINE_FINAL_TYPE (TideJsonPanel, tide_json_panel, ADW_TYPE_BIN)

void
tide_json_panel_show (TideJsonPanel *self, const char *title, const char *detail, const char *json)
{
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->view)), json != NULL ? json : "", -1);
  gtk_label_set_text (self->title, title);
  gtk_label_set_text (self->detail, detail != NULL ? detail : "");
  gtk_widget_set_sensitive (self->copy, json != NULL);
}

static void
update (TideJsonPanel *self)
{
  bool alone = !self->wide && self->opened;

  if (self->table != NULL)
    gtk_widget_set_visible (self->table, !alone);
  gtk_widget_set_visible (GTK_WIDGET (self), self->wide || alone);
  gtk_widget_set_visible (self->separator, self->wide);
  gtk_widget_set_visible (self->back, alone);
  gtk_widget_set_hexpand (GTK_WIDGET (self), alone);
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
