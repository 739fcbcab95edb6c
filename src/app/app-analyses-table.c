/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of jobs. Its items stay while their jobs do, so that selection, focus and scrolling survive a refresh; a
 * cell listens to its item while it shows it. */
#include "app-analyses-table.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-column-header.h"
#include "app-job-cell.h"
#include "app-runs-cell.h"

#define HEADER_HEIGHT 30
#define ROW_HEIGHT 36
#define SHOWN_ROWS 7

struct _TideAnalysesTable
{
  AdwBin parent_instance;

  GtkColumnView *view;
  GtkScrolledWindow *scroller;
  TideRunsAxis *axis;
  GtkColumnViewColumn *columns[TIDE_N_JOB_COLUMNS];
  GListStore *items;
  GtkFilter *wanted;
  GtkSingleSelection *selection;
  TideJobFilter filter;
  GArray *asleep;
  TideAnalysesAnswer *answer; /* that asleep is of */
  TideTime now;
  bool is_updating;
};

G_DEFINE_FINAL_TYPE (TideAnalysesTable, tide_analyses_table, ADW_TYPE_BIN)

enum
{
  SELECTED,
  ACT,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* Cells */

static TideJobColumn
column_of (void *factory)
{
  return (TideJobColumn) GPOINTER_TO_INT (g_object_get_data (factory, "column"));
}

static void
on_item_changed (TideJobItem *item, GtkListItem *list_item)
{
  GtkWidget *cell = gtk_list_item_get_child (list_item);
  TideAnalysesTable *self = TIDE_ANALYSES_TABLE (gtk_widget_get_ancestor (cell, TIDE_TYPE_ANALYSES_TABLE));

  if (self != NULL)
    tide_job_cell_update (cell, item, column_of (list_item), self->asleep, self->now);
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *list_item, TideAnalysesTable *self)
{
  g_object_set_data (G_OBJECT (list_item), "column", GINT_TO_POINTER (column_of (factory)));
  gtk_list_item_set_child (list_item, tide_job_cell_new (column_of (factory)));
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *list_item, TideAnalysesTable *self)
{
  TideJobItem *item = gtk_list_item_get_item (list_item);
  GtkWidget *cell = gtk_list_item_get_child (list_item);

  g_signal_connect_object (item, "changed", G_CALLBACK (on_item_changed), list_item, 0);
  tide_job_cell_update (cell, item, column_of (factory), self->asleep, self->now);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *list_item, TideAnalysesTable *self)
{
  g_signal_handlers_disconnect_by_func (gtk_list_item_get_item (list_item), on_item_changed, list_item);
}

/* Columns */

static int
compare (const void *a, const void *b, void *column)
{
  return tide_job_item_compare ((TideJobItem *) a, (TideJobItem *) b, (TideJobColumn) GPOINTER_TO_INT (column));
}

static void
add_column (TideAnalysesTable *self, TideJobColumn column, const char *title, bool sorts)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  bool expands = column == TIDE_JOB_COLUMN_NAME || column == TIDE_JOB_COLUMN_RUNS;

  g_object_set_data (G_OBJECT (factory), "column", GINT_TO_POINTER (column));
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), self);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), self);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), self);
  self->columns[column] = gtk_column_view_column_new (title, factory);
  gtk_column_view_column_set_expand (self->columns[column], expands);
  if (sorts)
    {
      g_autoptr (GtkSorter) sorter = GTK_SORTER (gtk_custom_sorter_new (compare, GINT_TO_POINTER (column), NULL));

      gtk_column_view_column_set_sorter (self->columns[column], sorter);
    }
  gtk_column_view_append_column (self->view, self->columns[column]);
  g_object_unref (self->columns[column]);
}

void
tide_analyses_table_adapt (TideAnalysesTable *self)
{
  static const int least[TIDE_N_JOB_COLUMNS] = {
    [TIDE_JOB_COLUMN_RUNS] = 620,     [TIDE_JOB_COLUMN_NEXT] = 480, [TIDE_JOB_COLUMN_LAST] = 540,
    [TIDE_JOB_COLUMN_DURATION] = 820, [TIDE_JOB_COLUMN_ROWS] = 900, [TIDE_JOB_COLUMN_ENGINE] = 1000,
  };
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  GtkWidget *header = tide_column_header_get (self->view, TIDE_JOB_COLUMN_RUNS);
  graphene_rect_t bounds;

  if (width == 0)
    return;
  for (int i = 0; i < TIDE_N_JOB_COLUMNS; i++)
    if (gtk_column_view_column_get_visible (self->columns[i]) != (width >= least[i]))
      gtk_column_view_column_set_visible (self->columns[i], width >= least[i]);
  if (width >= least[TIDE_JOB_COLUMN_RUNS] && header != NULL
      && gtk_widget_compute_bounds (header, GTK_WIDGET (self->axis), &bounds) && bounds.size.width > 20)
    tide_runs_axis_set_place (self->axis, bounds.origin.x + 10, bounds.size.width - 20); /* less the cells' padding */
  else
    tide_runs_axis_set_place (self->axis, 0, 0);
}

void
tide_analyses_table_set_range_title (TideAnalysesTable *self, const char *title)
{
  gtk_column_view_column_set_title (self->columns[TIDE_JOB_COLUMN_RUNS], title);
}

/* Items */

static bool
matches (TideJobItem *item, TideJobFilter filter)
{
  TideOutcome outcome = tide_job_item_get_outcome (item);

  switch (filter)
    {
    case TIDE_JOBS_RUNNING:
      return outcome == TIDE_OUTCOME_RUNNING;
    case TIDE_JOBS_FAILED:
      return outcome == TIDE_OUTCOME_FAILED;
    case TIDE_JOBS_MISSED:
      return outcome == TIDE_OUTCOME_MISSED;
    case TIDE_JOBS_ALL:
    case TIDE_N_JOB_FILTERS:
    default:
      return true;
    }
}

static gboolean
is_wanted (void *item, void *self)
{
  return matches (item, TIDE_ANALYSES_TABLE (self)->filter);
}

static TideJobItem *
find_item (TideAnalysesTable *self, const char *name)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->items));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (TideJobItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i);

      if (strcmp (tide_job_item_get_job (item)->name, name) == 0)
        return item; /* the store keeps it */
    }
  return NULL;
}

static bool
is_same_list (TideAnalysesTable *self, GPtrArray *items)
{
  if (g_list_model_get_n_items (G_LIST_MODEL (self->items)) != items->len)
    return false;
  for (guint i = 0; i < items->len; i++)
    {
      g_autoptr (TideJobItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i);

      if (item != g_ptr_array_index (items, i))
        return false;
    }
  return true;
}

static void
take_answer (TideAnalysesTable *self, TideAnalysesAnswer *answer, GTimeZone *zone)
{
  if (answer != NULL)
    {
      TideTime to = MAX (self->now, answer->to);

      tide_runs_axis_set_range (self->axis, answer->from + to - answer->to, to, zone);
    }
  if (answer == self->answer)
    return;
  if (answer != NULL)
    tide_analyses_answer_ref (answer);
  g_clear_pointer (&self->answer, tide_analyses_answer_unref);
  self->answer = answer;
  g_clear_pointer (&self->asleep, g_array_unref);
  if (answer != NULL)
    self->asleep = tide_analyses_get_asleep (answer);
}

void
tide_analyses_table_update (TideAnalysesTable *self, GPtrArray *jobs, const TideWorkspace *workspace,
                            TideAnalysesAnswer *answer, TideTime now)
{
  static const TideJobKind order[] = { TIDE_JOB_ANALYSIS, TIDE_JOB_ROLLUP, TIDE_JOB_REPORT };
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  TideJobItem *selected = tide_analyses_table_get_selected (self);
  bool moved = false;

  self->now = now;
  take_answer (self, answer, workspace->zone);
  for (guint k = 0; k < G_N_ELEMENTS (order); k++)
    for (guint i = 0; i < jobs->len; i++)
      {
        TideJob *job = g_ptr_array_index (jobs, i);
        TideJobItem *item;
        TideOutcome before;

        if (job == NULL || job->kind != order[k])
          continue;
        jobs->pdata[i] = NULL;
        item = find_item (self, job->name);
        item = item != NULL ? g_object_ref (item) : tide_job_item_new ();
        before = tide_job_item_get_outcome (item);
        tide_job_item_update (item, job, workspace, answer, now);
        moved |= tide_job_item_get_outcome (item) != before;
        g_ptr_array_add (items, item);
      }
  g_ptr_array_set_free_func (jobs, NULL);
  if (!is_same_list (self, items))
    {
      self->is_updating = true;
      g_list_store_splice (self->items, 0, g_list_model_get_n_items (G_LIST_MODEL (self->items)), items->pdata, items->len);
      self->is_updating = false;
      gtk_scrolled_window_set_min_content_height (self->scroller,
                                                  HEADER_HEIGHT + ROW_HEIGHT * (int) MIN (items->len, SHOWN_ROWS));
      tide_column_headers_align_end (self->view, TIDE_JOB_COLUMN_NEXT, TIDE_JOB_COLUMN_ROWS);
      if (tide_analyses_table_get_selected (self) != selected)
        g_signal_emit (self, signals[SELECTED], 0);
    }
  if (moved && self->filter != TIDE_JOBS_ALL)
    gtk_filter_changed (self->wanted, GTK_FILTER_CHANGE_DIFFERENT);
}

void
tide_analyses_table_set_filter (TideAnalysesTable *self, TideJobFilter filter)
{
  self->filter = filter;
  gtk_filter_changed (self->wanted, GTK_FILTER_CHANGE_DIFFERENT);
}

guint
tide_analyses_table_count (TideAnalysesTable *self, TideJobFilter filter)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->items)), count = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (TideJobItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i);

      count += matches (item, filter);
    }
  return count;
}

TideJobItem *
tide_analyses_table_get_selected (TideAnalysesTable *self)
{
  return gtk_single_selection_get_selected_item (self->selection);
}

void
tide_analyses_table_select (TideAnalysesTable *self, const char *name)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->selection));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (TideJobItem) item = g_list_model_get_item (G_LIST_MODEL (self->selection), i);

      if (strcmp (tide_job_item_get_job (item)->name, name) == 0)
        gtk_single_selection_set_selected (self->selection, i);
    }
}

static void
on_selected (TideAnalysesTable *self)
{
  if (!self->is_updating)
    g_signal_emit (self, signals[SELECTED], 0);
}

static void
on_act (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_signal_emit (widget, signals[ACT], 0, g_variant_get_string (parameter, NULL));
}

/* Export: what is so, not how it is worded on the screen. Words are the same in each language. */

typedef struct
{
  char *name, *schedule;
  TideOutcome outcome;
  TideTime next, started, ended;
  gint64 rows; /* -1: none yet */
  bool is_analysis;
} ExportRow;

static void
export_row_free (void *data)
{
  ExportRow *row = data;

  g_free (row->name);
  g_free (row->schedule);
  g_free (row);
}

static ExportRow *
export_row_new (TideJobItem *item)
{
  const TideJob *job = tide_job_item_get_job (item);
  const TideJobHistory *history = tide_job_item_get_history (item);
  const TideRun *last = history != NULL ? history->last : NULL, *good = history != NULL ? history->good : NULL;
  ExportRow *row = g_new (ExportRow, 1);

  *row = (ExportRow){ .name = g_strdup (job->name), .schedule = g_strdup (job->schedule),
                      .outcome = tide_job_item_get_outcome (item), .next = job->next,
                      .started = last != NULL ? last->started : TIDE_TIME_NONE,
                      .ended = last != NULL ? last->ended : TIDE_TIME_NONE, .rows = good != NULL ? good->rows : -1,
                      .is_analysis = job->kind == TIDE_JOB_ANALYSIS };
  return row;
}

static void
write_time (TideCsv *csv, TideTime time)
{
  if (time != TIDE_TIME_NONE)
    tide_csv_time (csv, time);
  else
    tide_csv_text (csv, NULL, 0);
}

static bool
write_row (TideCsv *csv, const ExportRow *row, GError **error)
{
  static const char *const outcomes[] = {
    [TIDE_OUTCOME_WAITING] = "waiting",     [TIDE_OUTCOME_RUNNING] = "running",     [TIDE_OUTCOME_FAILED] = "failed",
    [TIDE_OUTCOME_MISSED] = "missed",       [TIDE_OUTCOME_CAUGHT_UP] = "caught up", [TIDE_OUTCOME_SUCCEEDED] = "succeeded",
    [TIDE_OUTCOME_CANCELLED] = "cancelled", [TIDE_OUTCOME_OFF] = "off",
  };
  TideValue duration = { 0 };

  tide_csv_text (csv, outcomes[row->outcome], -1);
  tide_csv_text (csv, row->name, -1);
  tide_csv_text (csv, row->schedule, -1);
  write_time (csv, row->next);
  write_time (csv, row->started);
  if (row->started != TIDE_TIME_NONE && row->ended != TIDE_TIME_NONE)
    duration = tide_value_real ((double) (row->ended - row->started) / TIDE_SECOND);
  tide_csv_value (csv, duration);
  tide_csv_value (csv, row->rows >= 0 ? tide_value_exact (row->rows, 0) : (TideValue){ 0 });
  tide_csv_text (csv, row->is_analysis ? "SQLite" : "built in", -1);
  return tide_csv_end_row (csv, error);
}

static bool
write_export (TidePipeline *pipeline, void *data, GOutputStream *stream, GCancellable *cancellable, GError **error)
{
  static const char *const header[] = { "state", "job", "schedule", "next run", "last run", "duration (s)", "rows", "engine" };
  const GPtrArray *rows = data;
  g_autoptr (TideCsv) csv = tide_csv_new (stream);

  for (guint i = 0; i < G_N_ELEMENTS (header); i++)
    tide_csv_text (csv, header[i], -1);
  if (!tide_csv_end_row (csv, error))
    return false;
  for (guint r = 0; r < rows->len; r++)
    if (!write_row (csv, g_ptr_array_index (rows, r), error))
      return false;
  return tide_csv_finish (csv, error);
}

TideAppExport *
tide_analyses_table_get_export (TideAnalysesTable *self)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func (export_row_free);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->selection));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (TideJobItem) item = g_list_model_get_item (G_LIST_MODEL (self->selection), i);

      g_ptr_array_add (rows, export_row_new (item));
    }
  return tide_app_export_new ("analyses", write_export, rows, (GDestroyNotify) g_ptr_array_unref);
}

/* The object */

static void
tide_analyses_table_dispose (GObject *object)
{
  TideAnalysesTable *self = TIDE_ANALYSES_TABLE (object);

  g_clear_object (&self->items);
  g_clear_object (&self->wanted);
  g_clear_pointer (&self->asleep, g_array_unref);
  g_clear_pointer (&self->answer, tide_analyses_answer_unref);
  G_OBJECT_CLASS (tide_analyses_table_parent_class)->dispose (object);
}

static void
tide_analyses_table_class_init (TideAnalysesTableClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_analyses_table_dispose;
  signals[SELECTED] = g_signal_new ("selected", TIDE_TYPE_ANALYSES_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                    G_TYPE_NONE, 0);
  signals[ACT] = g_signal_new ("act", TIDE_TYPE_ANALYSES_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                               G_TYPE_STRING);
  gtk_widget_class_install_action (widget_class, "job.act", "s", on_act);
  g_type_ensure (TIDE_TYPE_RUNS_AXIS);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-analyses-table.ui");
  gtk_widget_class_bind_template_child (widget_class, TideAnalysesTable, view);
  gtk_widget_class_bind_template_child (widget_class, TideAnalysesTable, axis);
  gtk_widget_class_bind_template_child (widget_class, TideAnalysesTable, scroller);
}

static void
tide_analyses_table_init (TideAnalysesTable *self)
{
  GtkFilterListModel *filtered;
  GtkSortListModel *sorted;

  gtk_widget_init_template (GTK_WIDGET (self));
  self->items = g_list_store_new (TIDE_TYPE_JOB_ITEM);
  self->wanted = GTK_FILTER (gtk_custom_filter_new (is_wanted, self, NULL));
  add_column (self, TIDE_JOB_COLUMN_STATE, _ ("state"), true);
  add_column (self, TIDE_JOB_COLUMN_NAME, _ ("analysis"), true);
  add_column (self, TIDE_JOB_COLUMN_RUNS, "", false);
  add_column (self, TIDE_JOB_COLUMN_NEXT, _ ("next run"), true);
  add_column (self, TIDE_JOB_COLUMN_LAST, _ ("last run"), true);
  add_column (self, TIDE_JOB_COLUMN_DURATION, _ ("duration"), true);
  add_column (self, TIDE_JOB_COLUMN_ROWS, _ ("rows"), true);
  add_column (self, TIDE_JOB_COLUMN_ENGINE, _ ("engine"), false);
  add_column (self, TIDE_JOB_COLUMN_ACTION, "", false);
  filtered = gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (self->items)), g_object_ref (self->wanted));
  sorted = gtk_sort_list_model_new (G_LIST_MODEL (filtered), g_object_ref (gtk_column_view_get_sorter (self->view)));
  self->selection = gtk_single_selection_new (G_LIST_MODEL (sorted));
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (on_selected), self, G_CONNECT_SWAPPED);
  gtk_column_view_set_model (self->view, GTK_SELECTION_MODEL (self->selection));
  g_object_unref (self->selection); /* the view keeps it */
}
