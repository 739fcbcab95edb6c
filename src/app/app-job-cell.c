/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cells of the table of Analyses: labels, a mark, the runs, and the button of what can be done now. */
#include "app-job-cell.h"

#include <string.h>

#include "app-runs-cell.h"

static GtkWidget *
make_lines (float xalign)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  for (int i = 0; i < 2; i++)
    {
      GtkWidget *label = gtk_label_new (NULL);

      gtk_label_set_xalign (GTK_LABEL (label), xalign);
      gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
      gtk_widget_add_css_class (label, "numeric");
      if (i == 1)
        {
          gtk_widget_add_css_class (label, "tide-dim");
          gtk_widget_add_css_class (label, "tide-second-line");
        }
      gtk_box_append (GTK_BOX (box), label);
    }
  return box;
}

GtkWidget *
tide_job_cell_new (TideJobColumn column)
{
  GtkWidget *cell;

  switch (column)
    {
    case TIDE_JOB_COLUMN_STATE:
      cell = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
      gtk_box_append (GTK_BOX (cell), tide_state_mark_new ());
      gtk_box_append (GTK_BOX (cell), gtk_label_new (NULL));
      gtk_widget_add_css_class (gtk_widget_get_last_child (cell), "numeric");
      return cell;
    case TIDE_JOB_COLUMN_NAME:
      cell = make_lines (0);
      gtk_label_set_width_chars (GTK_LABEL (gtk_widget_get_first_child (cell)), 16);
      gtk_widget_add_css_class (gtk_widget_get_first_child (cell), "tide-strong");
      return cell;
    case TIDE_JOB_COLUMN_RUNS:
      return tide_runs_cell_new ();
    case TIDE_JOB_COLUMN_NEXT:
    case TIDE_JOB_COLUMN_LAST:
      cell = make_lines (1);
      gtk_label_set_width_chars (GTK_LABEL (gtk_widget_get_first_child (cell)), 9);
      gtk_label_set_max_width_chars (GTK_LABEL (gtk_widget_get_last_child (cell)), 16);
      return cell;
    case TIDE_JOB_COLUMN_ACTION:
      cell = gtk_button_new ();
      gtk_button_set_label (GTK_BUTTON (cell), "");
      gtk_widget_set_valign (cell, GTK_ALIGN_CENTER);
      gtk_widget_set_halign (cell, GTK_ALIGN_END);
      gtk_widget_add_css_class (cell, "tide-row-button");
      gtk_actionable_set_action_target (GTK_ACTIONABLE (cell), "s", "");
      gtk_actionable_set_action_name (GTK_ACTIONABLE (cell), "job.act");
      return cell;
    default:
      cell = gtk_label_new (NULL);
      gtk_label_set_xalign (GTK_LABEL (cell), column == TIDE_JOB_COLUMN_ENGINE ? 0 : 1);
      gtk_widget_add_css_class (cell, "numeric");
      if (column == TIDE_JOB_COLUMN_ENGINE)
        gtk_widget_add_css_class (cell, "tide-dim");
      return cell;
    }
}

static void
set_text (GtkWidget *label, const char *text)
{
  if (strcmp (gtk_label_get_text (GTK_LABEL (label)), text) != 0)
    gtk_label_set_text (GTK_LABEL (label), text);
}

static void
set_class (GtkWidget *widget, const char *name, bool on)
{
  if (on)
    gtk_widget_add_css_class (widget, name);
  else
    gtk_widget_remove_css_class (widget, name);
}

static void
update_action (GtkWidget *button, TideJobItem *item)
{
  const char *word = tide_job_item_get_text (item, TIDE_JOB_COLUMN_ACTION);
  TideOutcome outcome = tide_job_item_get_outcome (item);
  g_autofree char *spoken = g_strdup_printf ("%s: %s", word, tide_job_item_get_title (item));

  if (g_strcmp0 (gtk_button_get_label (GTK_BUTTON (button)), word) != 0)
    gtk_button_set_label (GTK_BUTTON (button), word);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", tide_job_item_get_job (item)->name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  gtk_widget_set_tooltip_text (button, spoken);
  set_class (button, "tide-quiet", outcome != TIDE_OUTCOME_RUNNING && outcome != TIDE_OUTCOME_FAILED
                                       && outcome != TIDE_OUTCOME_MISSED);
}

static void
update_state (GtkWidget *cell, TideJobItem *item)
{
  TideOutcome outcome = tide_job_item_get_outcome (item);
  GtkWidget *mark = gtk_widget_get_first_child (cell), *label = gtk_widget_get_last_child (cell);

  tide_state_mark_set_state (TIDE_STATE_MARK (mark), tide_outcome_state (outcome));
  tide_state_mark_set_progress (TIDE_STATE_MARK (mark), tide_job_item_get_job (item)->progress);
  set_text (label, tide_job_item_get_text (item, TIDE_JOB_COLUMN_STATE));
  set_class (label, "tide-strong", outcome == TIDE_OUTCOME_RUNNING || outcome == TIDE_OUTCOME_FAILED);
}

void
tide_job_cell_update (GtkWidget *cell, TideJobItem *item, TideJobColumn column, GArray *asleep, TideTime now)
{
  const char *text = tide_job_item_get_text (item, column), *detail = tide_job_item_get_detail (item, column);

  switch (column)
    {
    case TIDE_JOB_COLUMN_STATE:
      update_state (cell, item);
      break;
    case TIDE_JOB_COLUMN_RUNS:
      tide_runs_cell_set (TIDE_RUNS_CELL (cell), tide_job_item_get_answer (item), asleep,
                          tide_job_item_get_job (item), now);
      break;
    case TIDE_JOB_COLUMN_ACTION:
      update_action (cell, item);
      break;
    case TIDE_JOB_COLUMN_NAME:
    case TIDE_JOB_COLUMN_NEXT:
    case TIDE_JOB_COLUMN_LAST:
      set_text (gtk_widget_get_first_child (cell), text);
      set_text (gtk_widget_get_last_child (cell), detail);
      gtk_widget_set_visible (gtk_widget_get_last_child (cell), *detail != '\0');
      gtk_widget_set_tooltip_text (cell, *detail != '\0' && column != TIDE_JOB_COLUMN_NEXT ? detail : NULL);
      break;
    default:
      set_text (cell, text);
    }
}
