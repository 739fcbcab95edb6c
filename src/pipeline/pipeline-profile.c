/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Profiles of fields, wired: every few minutes, and with every batch that runs all. */
#include "pipeline-private.h"

/**
 * tide_pipeline_profile:
 *
 * Errors: those of tide_profile_run(). Thread: a worker.
 */
bool
tide_pipeline_profile (TidePipeline *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self);
  bool done = true;

  tide_assert_not_main_thread ();
  g_mutex_lock (&self->profile_lock);
  for (guint i = 0; i < workspace->streams->len && done; i++)
    done = tide_profile_run (self->store, self->writer, workspace, g_ptr_array_index (workspace->streams, i),
                             tide_clock_now (&self->clock), cancellable, error);
  g_mutex_unlock (&self->profile_lock);
  return done;
}
