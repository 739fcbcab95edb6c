/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports on a schedule: written to the file that the workspace names, inside it, and there whole or not at all. Times
 * in the name and relative ones in the range are those at which the run was due, so that one that was made up for later
 * is about the time it stands for. */
#include "pipeline-private.h"

typedef struct
{
  TidePipeline *self;
  const TideReport *report;
  TideTime now;
  GCancellable *cancellable;
  gint64 rows;
} Report;

static bool
write_stream (GOutputStream *stream, void *data, GError **error)
{
  Report *report = data;

  return tide_serving_write_report (report->self->serving, report->report, report->now, stream, report->cancellable,
                                    &report->rows, error);
}

/**
 * tide_pipeline_write_report:
 *
 * Errors: DENIED when the file lies outside the workspace, FULL, and those of the query.
 * Thread: worker.
 */
bool
tide_pipeline_write_report (const TideWorkspace *workspace, const TideReport *report, TideTime now,
                            GCancellable *cancellable, gint64 *ret_rows, GError **error, void *data)
{
  Report job = { .self = data, .report = report, .now = now, .cancellable = cancellable };
  g_autofree char *path = tide_workspace_resolve_output (workspace->dir, report->output, now, workspace->zone, error);
  g_autofree char *folder = path != NULL ? g_path_get_dirname (path) : NULL;

  if (path == NULL)
    return false;
  g_mkdir_with_parents (folder, 0777);
  if (!tide_file_replace (path, write_stream, &job, error))
    return false;
  *ret_rows = job.rows;
  return true;
}
