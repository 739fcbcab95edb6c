/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happened to one rule, newest first: a line a change of state, with its time and value, and whether it was caught up. */
#include "app-alerts-timeline.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-format.h"
#include "app-mark.h"

#define TIMELINE_MAX 12

static void
clear_box (GtkBox *box)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (box))) != NULL)
    gtk_box_remove (box, child);
}

static void
add_event_row (GtkBox *timeline, const TideAlert *alert, const TideAlertEvent *event)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8), *mark = tide_state_mark_new (), *time, *text;
  g_autofree char *clock = tide_format_date_time (event->time, NULL), *value = tide_alert_format_value (alert, event->value);
  g_autofree char *what = event->state == TIDE_ALERT_NORMAL ? g_strdup (_ ("Back to normal"))
                                                            : g_strdup_printf (_ ("%s at %s"), tide_alert_state_word (event->state), value);
  g_autofree char *line = *event->group != '\0' ? g_strdup_printf ("%s · %s", what, event->group) : g_strdup (what);

  tide_state_mark_set_state (TIDE_STATE_MARK (mark), event->state == TIDE_ALERT_FIRING    ? TIDE_STATE_TROUBLE
                                                     : event->state == TIDE_ALERT_PENDING ? TIDE_STATE_PENDING
                                                     : event->state == TIDE_ALERT_NO_DATA ? TIDE_STATE_OFF
                                                                                          : TIDE_STATE_NORMAL);
  time = gtk_label_new (clock);
  gtk_widget_add_css_class (time, "numeric");
  gtk_widget_add_css_class (time, "tide-dim");
  text = gtk_label_new (line);
  gtk_label_set_xalign (GTK_LABEL (text), 0);
  gtk_label_set_ellipsize (GTK_LABEL (text), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (text, TRUE);
  gtk_box_append (GTK_BOX (row), time);
  gtk_box_append (GTK_BOX (row), mark);
  gtk_box_append (GTK_BOX (row), text);
  if (event->late)
    {
      GtkWidget *late = gtk_label_new (_ ("caught up"));

      gtk_widget_add_css_class (late, "tide-dim");
      gtk_widget_set_tooltip_text (late, _ ("It was found late, so nobody was told"));
      gtk_box_append (GTK_BOX (row), late);
    }
  gtk_widget_add_css_class (row, "tide-fact");
  gtk_box_append (timeline, row);
}

void
tide_alerts_timeline_show (GtkBox *timeline, const TideAlertsAnswer *answer)
{
  guint n = 0;

  clear_box (timeline);
  for (guint i = 0; answer != NULL && answer->alert != NULL && i < answer->events->len && n < TIMELINE_MAX; i++)
    {
      const TideAlertEvent *event = g_ptr_array_index (answer->events, i);

      if (strcmp (event->rule, answer->alert->name) != 0)
        continue;
      add_event_row (timeline, answer->alert, event);
      n++;
    }
  if (n == 0)
    {
      GtkWidget *none = gtk_label_new (_ ("Nothing happened in this time."));

      gtk_label_set_xalign (GTK_LABEL (none), 0);
      gtk_widget_add_css_class (none, "tide-dim");
      gtk_widget_add_css_class (none, "tide-fact");
      gtk_box_append (timeline, none);
    }
}
