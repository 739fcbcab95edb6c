/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is behind the 4/5 of the header bar: every source with its state, what is wrong with it in words, and
 * what it asks a person to agree to. Brought up to date once a second while its popover is open, and only then. */
#include "app-format.h"
#include "app-mark.h"
#include "app-stream-list.h"

#include <glib/gi18n.h>
#include <string.h>

struct _TideSourceHealth
{
  GtkBox parent_instance;
};

G_DEFINE_FINAL_TYPE (TideSourceHealth, tide_source_health, GTK_TYPE_BOX)

static GtkWidget *
new_label (const char *text, const char *css_class, bool wrap)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  if (wrap)
    {
      gtk_label_set_wrap (GTK_LABEL (label), TRUE);
      gtk_label_set_max_width_chars (GTK_LABEL (label), 44);
    }
  return label;
}

static char *
facts_of (const TideSourceInfo *source, TideTime now)
{
  const TideSourceStatus *status = &source->status;
  g_autofree char *rate = tide_format_short (status->events_per_s);
  GString *text = g_string_new (tide_state_source_word (status));

  if (status->state == TIDE_SOURCE_STREAMING || status->state == TIDE_SOURCE_CATCHING_UP)
    g_string_append_printf (text, " · %s" TIDE_NNBSP "/s", rate);
  if (status->lag_events > 0)
    {
      g_autofree char *lag = tide_format_int (status->lag_events);

      g_string_append_printf (text, _ (" · %s events behind"), lag);
    }
  if (status->state == TIDE_SOURCE_RETRYING && status->retry_at != TIDE_TIME_NONE && status->retry_at > now)
    {
      g_autofree char *wait = tide_format_age (status->retry_at - now);

      g_string_append_printf (text, _ (" · again in %s"), wait);
    }
  return g_string_free (text, FALSE);
}

/* A row keeps its widgets, so that a button under the pointer stays what it is while the figures change. */
typedef struct
{
  char *name;
  GtkWidget *mark, *facts, *message, *consent;
} Row;

static void
row_free (void *data)
{
  Row *row = data;

  g_free (row->name);
  g_free (row);
}

static GtkWidget *
new_row (const char *name)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8), *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  Row *row = g_new0 (Row, 1);

  row->name = g_strdup (name);
  row->mark = tide_state_mark_new ();
  gtk_widget_set_valign (row->mark, GTK_ALIGN_START);
  gtk_widget_set_margin_top (row->mark, 5);
  row->facts = new_label ("", "caption", false);
  gtk_widget_add_css_class (row->facts, "numeric");
  gtk_widget_add_css_class (row->facts, "dim-label");
  row->message = new_label ("", "caption", true);
  row->consent = gtk_button_new ();
  gtk_widget_set_halign (row->consent, GTK_ALIGN_START);
  gtk_widget_set_margin_top (row->consent, 6);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (row->consent), "win.accept-source");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (row->consent), "s", name);
  gtk_box_append (GTK_BOX (texts), new_label (name, NULL, false));
  gtk_box_append (GTK_BOX (texts), row->facts);
  gtk_box_append (GTK_BOX (texts), row->message);
  gtk_box_append (GTK_BOX (texts), row->consent);
  gtk_box_append (GTK_BOX (box), row->mark);
  gtk_box_append (GTK_BOX (box), texts);
  g_object_set_data_full (G_OBJECT (box), "row", row, row_free);
  return box;
}

static void
update_row (Row *row, const TideSourceInfo *source, TideTime now)
{
  g_autofree char *facts = facts_of (source, now);
  const char *message = source->status.message, *consent = source->status.consent;

  tide_state_mark_set_state (TIDE_STATE_MARK (row->mark), tide_state_of_source (&source->status));
  gtk_label_set_text (GTK_LABEL (row->facts), facts);
  gtk_label_set_text (GTK_LABEL (row->message), message != NULL ? message : "");
  gtk_widget_set_visible (row->message, message != NULL);
  if (consent != NULL)
    gtk_button_set_label (GTK_BUTTON (row->consent), consent);
  gtk_widget_set_visible (row->consent, consent != NULL);
}

/* Whether there is a row for each source, in their order. */
static bool
has_rows_of (TideSourceHealth *self, const TideStatus *status)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self));

  for (guint i = 0; status != NULL && i < status->n_sources; i++, child = gtk_widget_get_next_sibling (child))
    {
      Row *row = child != NULL ? g_object_get_data (G_OBJECT (child), "row") : NULL;

      if (row == NULL || strcmp (row->name, status->sources[i].name) != 0)
        return false;
    }
  return child == NULL && status != NULL && status->n_sources > 0;
}

static void
make_rows (TideSourceHealth *self, const TideStatus *status)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_box_remove (GTK_BOX (self), child);
  for (guint i = 0; status != NULL && i < status->n_sources; i++)
    gtk_box_append (GTK_BOX (self), new_row (status->sources[i].name));
  if (status == NULL || status->n_sources == 0)
    gtk_box_append (GTK_BOX (self), new_label (_ ("No source is set up yet."), "dim-label", false));
}

void
tide_source_health_update (TideSourceHealth *self, const TideStatus *status)
{
  GtkWidget *child;

  if (!has_rows_of (self, status))
    make_rows (self, status);
  child = gtk_widget_get_first_child (GTK_WIDGET (self));
  for (guint i = 0; status != NULL && i < status->n_sources; i++, child = gtk_widget_get_next_sibling (child))
    update_row (g_object_get_data (G_OBJECT (child), "row"), &status->sources[i], status->time);
}

static void
tide_source_health_class_init (TideSourceHealthClass *class)
{
}

static void
tide_source_health_init (TideSourceHealth *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (self), 10);
}
