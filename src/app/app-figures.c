/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is out of the ordinary is coloured; what it means is said by the pane. */
#include "app-figures.h"

#include <glib/gi18n.h>

#include "app-usage.h"

struct _TideFigures
{
  AdwBin parent_instance;

  GtkWidget *labels[TIDE_N_FIGURES];
};

G_DEFINE_FINAL_TYPE (TideFigures, tide_figures, ADW_TYPE_BIN)

void
tide_figures_set_status (TideFigures *self, const TideStatus *status)
{
  for (int i = 0; i < TIDE_N_FIGURES; i++)
    {
      bool warns;
      g_autofree char *text = tide_figure_text ((TideFigure) i, status, &warns);

      gtk_label_set_text (GTK_LABEL (self->labels[i]), text);
      if (warns)
        gtk_widget_add_css_class (self->labels[i], "tide-warning");
      else
        gtk_widget_remove_css_class (self->labels[i], "tide-warning");
    }
}

static GtkWidget *
make_figure (TideFigures *self, TideFigure figure)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *title = gtk_label_new (tide_figure_title (figure)), *value = gtk_label_new ("–");

  gtk_widget_add_css_class (title, "tide-fact");
  gtk_widget_add_css_class (title, "dim-label");
  gtk_widget_add_css_class (value, "tide-fact");
  gtk_widget_add_css_class (value, "tide-strong");
  gtk_widget_add_css_class (value, "numeric");
  gtk_accessible_update_property (GTK_ACCESSIBLE (value), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, tide_figure_title (figure),
                                  -1);
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), value);
  self->labels[figure] = value;
  return box;
}

static void
tide_figures_class_init (TideFiguresClass *class)
{
}

static void
tide_figures_init (TideFigures *self)
{
  GtkWidget *flow = g_object_new (GTK_TYPE_FLOW_BOX, "selection-mode", GTK_SELECTION_NONE, "max-children-per-line", 8,
                                  "min-children-per-line", 2, "column-spacing", 6, "margin-start", 6, "margin-end", 6,
                                  "margin-top", 4, "margin-bottom", 4, NULL);

  gtk_accessible_update_property (GTK_ACCESSIBLE (flow), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Throughput and resources now"), -1);
  for (int i = 0; i < TIDE_N_FIGURES; i++)
    {
      GtkWidget *box = make_figure (self, (TideFigure) i);

      gtk_flow_box_insert (GTK_FLOW_BOX (flow), box, -1);
      gtk_widget_set_focusable (gtk_widget_get_parent (box), FALSE);
    }
  adw_bin_set_child (ADW_BIN (self), flow);
}
