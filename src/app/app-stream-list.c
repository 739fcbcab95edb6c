/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The streams at the bottom of the sidebar, as the pipeline's status gives them once a second. Rows are made anew
 * only when the set of streams is another one; else only their labels change. */
#include "app-stream-list.h"

#include "app-format.h"
#include "app-mark.h"

#include <glib/gi18n.h>

typedef struct
{
  GtkWidget *mark, *name, *rate;
} Row;

struct _TideStreamList
{
  GtkBox parent_instance;

  GtkGrid *grid;
  GArray *rows;
};

G_DEFINE_FINAL_TYPE (TideStreamList, tide_stream_list, GTK_TYPE_BOX)

/* The worst of a stream's sources. */
static TideState
state_of (const TideStatus *status, const TideStreamInfo *stream)
{
  static const TideState order[] = { TIDE_STATE_TROUBLE, TIDE_STATE_PENDING, TIDE_STATE_GOOD, TIDE_STATE_NORMAL,
                                     TIDE_STATE_DONE, TIDE_STATE_OFF };
  guint best = G_N_ELEMENTS (order) - 1;

  for (guint i = 0; i < status->n_sources; i++)
    {
      TideState state;

      if (g_strcmp0 (status->sources[i].stream, stream->name) != 0)
        continue;
      state = tide_state_of_source (&status->sources[i].status);
      for (guint k = 0; k < best; k++)
        if (order[k] == state)
          best = k;
    }
  return order[best];
}

static void
rebuild (TideStreamList *self, const TideStatus *status)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->grid))) != NULL)
    gtk_grid_remove (self->grid, child);
  g_array_set_size (self->rows, 0);
  for (guint i = 0; i < status->n_streams; i++)
    {
      Row row = { .mark = tide_state_mark_new (), .name = gtk_label_new (status->streams[i].name),
                  .rate = gtk_label_new (NULL) };

      gtk_label_set_xalign (GTK_LABEL (row.name), 0);
      gtk_label_set_ellipsize (GTK_LABEL (row.name), PANGO_ELLIPSIZE_END);
      gtk_widget_set_hexpand (row.name, TRUE);
      gtk_label_set_xalign (GTK_LABEL (row.rate), 1);
      gtk_widget_add_css_class (row.name, "tide-fact");
      gtk_widget_add_css_class (row.rate, "tide-fact");
      gtk_widget_add_css_class (row.rate, "numeric");
      gtk_widget_add_css_class (row.rate, "dim-label");
      gtk_grid_attach (self->grid, row.mark, 0, (int) i, 1, 1);
      gtk_grid_attach (self->grid, row.name, 1, (int) i, 1, 1);
      gtk_grid_attach (self->grid, row.rate, 2, (int) i, 1, 1);
      g_array_append_val (self->rows, row);
    }
}

static bool
same_streams (TideStreamList *self, const TideStatus *status)
{
  if (self->rows->len != status->n_streams)
    return false;
  for (guint i = 0; i < status->n_streams; i++)
    if (g_strcmp0 (gtk_label_get_text (GTK_LABEL (g_array_index (self->rows, Row, i).name)), status->streams[i].name)
        != 0)
      return false;
  return true;
}

void
tide_stream_list_update (TideStreamList *self, const TideStatus *status)
{
  gtk_widget_set_visible (GTK_WIDGET (self), status != NULL && status->n_streams > 0);
  if (status == NULL)
    return;
  if (!same_streams (self, status))
    rebuild (self, status);
  for (guint i = 0; i < status->n_streams; i++)
    {
      Row *row = &g_array_index (self->rows, Row, i);
      double rate = status->streams[i].events_per_s;
      g_autofree char *text = tide_format_number (rate, rate < 99.95 && rate > 0 ? 1 : 0);
      TideState state = state_of (status, &status->streams[i]);

      gtk_label_set_text (GTK_LABEL (row->rate), text);
      tide_state_mark_set_state (TIDE_STATE_MARK (row->mark), state);
    }
}

static void
tide_stream_list_finalize (GObject *object)
{
  g_array_unref (TIDE_STREAM_LIST (object)->rows);
  G_OBJECT_CLASS (tide_stream_list_parent_class)->finalize (object);
}

static void
tide_stream_list_class_init (TideStreamListClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = tide_stream_list_finalize;
  g_type_ensure (TIDE_TYPE_STATE_MARK);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-stream-list.ui");
  gtk_widget_class_bind_template_child (widget_class, TideStreamList, grid);
}

static void
tide_stream_list_init (TideStreamList *self)
{
  self->rows = g_array_new (FALSE, FALSE, sizeof (Row));
  gtk_widget_init_template (GTK_WIDGET (self));
}
