/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The history of alerts as a file: a line a change of state, oldest first. */
#include "app-alerts-export.h"

#include <math.h>

/* Thread: worker. */
static bool
write_history (TidePipeline *pipeline, void *data, GOutputStream *stream, GCancellable *cancellable, GError **error)
{
  static const char *const head[] = { "time", "rule", "group", "state", "value", "reason", "recorded", "late" };
  g_autoptr (TideReader) reader = tide_store_acquire_reader (tide_pipeline_get_store (pipeline), error);
  g_autoptr (TideCsv) csv = tide_csv_new (stream);
  g_autoptr (GPtrArray) events = NULL;
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (reader == NULL || !tide_reader_begin (reader, 0, cancellable, error))
    return false;
  events = tide_store_get_alert_events (reader, NULL, *(TideTime *) data, G_MAXINT, error);
  tide_reader_end (reader);
  for (guint i = 0; i < G_N_ELEMENTS (head); i++)
    tide_csv_text (csv, head[i], -1);
  if (events == NULL || !tide_csv_end_row (csv, error))
    return false;
  for (guint i = events->len; i-- > 0;)
    {
      const TideAlertEvent *event = g_ptr_array_index (events, i);

      tide_csv_time (csv, event->time);
      tide_csv_text (csv, event->rule, -1);
      tide_csv_text (csv, event->group, -1);
      tide_csv_text (csv, tide_alert_state_to_string (event->state), -1);
      tide_csv_number (csv, isnan (event->value) ? "" : g_ascii_dtostr (number, sizeof number, event->value));
      tide_csv_text (csv, event->reason, -1);
      tide_csv_time (csv, event->recorded);
      tide_csv_text (csv, event->late ? "true" : "false", -1);
      if (!tide_csv_end_row (csv, error))
        return false;
    }
  return tide_csv_finish (csv, error);
}

TideAppExport *
tide_alerts_export (TideTime from)
{
  return tide_app_export_new ("alerts", write_history, g_memdup2 (&from, sizeof from), g_free);
}
