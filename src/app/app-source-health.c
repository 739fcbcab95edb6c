/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is behind the 4/5 of the header bar: every source with its state, and what is wrong with it in words. Made anew
 * once a second while its popover is open, and only then. */
#include "app-format.h"
#include "app-mark.h"
#include "app-stream-list.h"

#include <glib/gi18n.h>

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

static GtkWidget *
new_row (const TideSourceInfo *source, TideTime now)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8), *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *mark = tide_state_mark_new ();
  g_autofree char *facts = facts_of (source, now);

  tide_state_mark_set_state (TIDE_STATE_MARK (mark), tide_state_of_source (&source->status));
  gtk_widget_set_valign (mark, GTK_ALIGN_START);
  gtk_widget_set_margin_top (mark, 5);
  gtk_box_append (GTK_BOX (texts), new_label (source->name, NULL, false));
  gtk_box_append (GTK_BOX (texts), new_label (facts, "caption", false));
  gtk_widget_add_css_class (gtk_widget_get_last_child (texts), "numeric");
  gtk_widget_add_css_class (gtk_widget_get_last_child (texts), "dim-label");
  if (source->status.message != NULL)
    gtk_box_append (GTK_BOX (texts), new_label (source->status.message, "caption", true));
  gtk_box_append (GTK_BOX (row), mark);
  gtk_box_append (GTK_BOX (row), texts);
  return row;
}

void
tide_source_health_update (TideSourceHealth *self, const TideStatus *status)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_box_remove (GTK_BOX (self), child);
  for (guint i = 0; status != NULL && i < status->n_sources; i++)
    gtk_box_append (GTK_BOX (self), new_row (&status->sources[i], status->time));
  if (status == NULL || status->n_sources == 0)
    gtk_box_append (GTK_BOX (self), new_label (_ ("No source is set up yet."), "dim-label", false));
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
