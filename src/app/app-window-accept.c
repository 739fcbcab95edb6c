/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A person agrees to what a source asks: win.accept-source with the source's name, of a button in the list of sources. */
#include "app-window-private.h"

#include <glib/gi18n.h>

static void *
accept_source (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  return tide_pipeline_accept (pipeline, data, cancellable, error) ? pipeline : NULL;
}

static void
on_accepted (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideWindow) self = data;
  g_autoptr (GError) error = NULL;
  bool done = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error) != NULL;

  if (!self->closing)
    tide_window_toast (self, done ? _ ("It is read from its start") : error->message);
}

void
tide_window_accept_source (GtkWidget *widget, const char *action, GVariant *parameter)
{
  TideWindow *self = TIDE_WINDOW (widget);

  if (self->pipeline != NULL)
    tide_pipeline_run_async (self->pipeline, accept_source, g_variant_dup_string (parameter, NULL), g_free, NULL, NULL,
                             on_accepted, g_object_ref (self));
}
