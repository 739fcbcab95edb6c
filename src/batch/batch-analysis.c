/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One run of an analysis: a person's SQL on a connection of its own, read-only and bounded, its rows into a table
 * that nobody sees until it lands whole. A run that fails or is cancelled leaves the last version as it was. */
#include "batch-private.h"

/* Of a result, when the analysis does not say. */
#define MAX_ROWS 1000000
#define PROGRESS_EVERY (100 * TIDE_MS)

static char *
read_sql (const TideWorkspace *workspace, const TideAnalysis *analysis, GError **error)
{
  g_autofree char *relative = g_build_filename ("analyses", analysis->sql_file, NULL);
  g_autofree char *path = tide_workspace_resolve (workspace->dir, relative, error);
  char *text = NULL;

  if (path == NULL)
    return NULL;
  return g_file_get_contents (path, &text, NULL, error) ? text : NULL;
}

/* From within a step: an aggregate gives its first row only when all is read. */
static void
report (TideSql *sql, void *data)
{
  const TideRunContext *context = data;
  guint64 blocks = 0, total = 0, events = 0;

  if (context == NULL || context->progress == NULL)
    return;
  tide_sql_get_progress (sql, &blocks, &total, &events);
  context->progress (total > 0 ? MIN ((double) blocks / (double) total, 1) : -1, events, context->data);
}

static bool
copy_rows (TideSql *sql, TideResultWrite *write, const TideAnalysis *analysis, const TideRunContext *context,
           GError **error)
{
  TideSqlBounds bounds = { .deadline = analysis->timeout,
                           .max_rows = analysis->max_rows > 0 ? analysis->max_rows : MAX_ROWS };

  tide_sql_set_watch (sql, report, (void *) context, PROGRESS_EVERY);
  for (;;)
    {
      bool row = false;

      if (!tide_sql_step (sql, &bounds, context != NULL ? context->cancellable : NULL, &row, error))
        return false;
      if (!row)
        return true;
      if (!tide_result_write_row (write, tide_sql_get_stmt (sql), error))
        return false;
    }
}

static bool
run_sql (TideStore *store, TideWriter *writer, const TideWorkspace *workspace, const TideAnalysis *analysis,
         const TideRunContext *context, TideRun *run, GError **error)
{
  g_autofree char *text = read_sql (workspace, analysis, error);
  g_autoptr (TideSql) sql = NULL;
  g_autoptr (TideResultWrite) write = NULL;
  g_autoptr (GPtrArray) columns = g_ptr_array_new ();

  if (text == NULL)
    return false;
  sql = tide_sql_open (store, error);
  if (sql == NULL || !tide_sql_prepare (sql, text, error))
    {
      g_prefix_error (error, "analyses/%s: ", analysis->sql_file);
      return false;
    }
  for (guint i = 0; i < tide_sql_get_n_columns (sql); i++)
    g_ptr_array_add (columns, (void *) tide_sql_get_column (sql, i));
  g_ptr_array_add (columns, NULL);
  write = tide_result_write_begin (writer, analysis->name, run->id, (const char *const *) columns->pdata, error);
  if (write == NULL || !copy_rows (sql, write, analysis, context, error))
    return false;
  report (sql, (void *) context);
  return tide_result_write_land (write, tide_clock_now (context != NULL && context->clock != NULL ? context->clock
                                                                                                  : &tide_clock_system),
                                 analysis->keep_versions, &run->rows, error);
}

/**
 * tide_analysis_run:
 * @run: started by the caller, who also finishes it; rows and cpu_us are filled in
 *
 * Errors: INVALID (SQL, with line and cause), DENIED (SQL that writes), TIMEOUT, CANCELLED, FULL.
 * Thread: worker.
 */
bool
tide_analysis_run (TideStore *store, TideWriter *writer, const TideWorkspace *workspace, const TideAnalysis *analysis,
                   const TideRunContext *context, TideRun *run, GError **error)
{
  int64_t cpu = tide_batch_thread_cpu_us ();
  bool done;

  tide_assert_not_main_thread ();
  done = run_sql (store, writer, workspace, analysis, context, run, error);
  run->cpu_us = tide_batch_thread_cpu_us () - cpu;
  return done;
}
