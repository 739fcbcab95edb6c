/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages of the quarantine, one entry, and all of it as a file in constant memory: a page of payloads at a time. */
#include "app-quarantine-read.h"

#include "app-event-browser.h"
#include "app-format.h"

#include <glib/gi18n.h>
#include <string.h>

typedef struct
{
  TideQuarantineWanted *wanted;
  gint64 before_id;
  bool with_payload;
} Ask;

TideQuarantineWanted *
tide_quarantine_wanted_copy (const TideQuarantineWanted *wanted)
{
  TideQuarantineWanted *copy = g_new0 (TideQuarantineWanted, 1);

  copy->stream = g_strdup (wanted->stream);
  copy->state = g_strdup (wanted->state);
  copy->rule = g_strdup (wanted->rule);
  copy->field = g_strdup (wanted->field);
  copy->text = g_strdup (wanted->text);
  copy->id = wanted->id;
  copy->ids = g_strdup (wanted->ids);
  copy->changed = wanted->changed;
  return copy;
}

void
tide_quarantine_wanted_clear (TideQuarantineWanted *wanted)
{
  g_free (wanted->stream);
  g_free (wanted->state);
  g_free (wanted->rule);
  g_free (wanted->field);
  g_free (wanted->text);
  g_free (wanted->ids);
  *wanted = (TideQuarantineWanted){ 0 };
}

void
tide_quarantine_wanted_free (TideQuarantineWanted *wanted)
{
  if (wanted == NULL)
    return;
  tide_quarantine_wanted_clear (wanted);
  g_free (wanted);
}

TideQuarantineFilter
tide_quarantine_wanted_filter (const TideQuarantineWanted *wanted)
{
  return (TideQuarantineFilter){ .stream = wanted->stream, .state = wanted->state, .rule = wanted->rule, .field = wanted->field,
                                 .text = wanted->text, .from = TIDE_TIME_NONE, .to = TIDE_TIME_NONE, .id = wanted->id, .ids = wanted->ids, .changed = wanted->changed };
}

static void
ask_free (void *data)
{
  Ask *ask = data;

  tide_quarantine_wanted_free (ask->wanted);
  g_free (ask);
}

/* Thread: worker. */
static GPtrArray *
read_page (TidePipeline *pipeline, const TideQuarantineWanted *wanted, gint64 before_id, GCancellable *cancellable, GError **error)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (tide_pipeline_get_store (pipeline), error);
  TideQuarantineFilter filter = tide_quarantine_wanted_filter (wanted);
  GPtrArray *entries;

  if (reader == NULL || !tide_reader_begin (reader, 0, cancellable, error))
    return NULL;
  entries = tide_store_list_quarantine (reader, &filter, before_id, TIDE_QUARANTINE_PAGE, error);
  tide_reader_end (reader);
  return entries;
}

/* Thread: worker. */
static void *
answer (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const Ask *ask = data;
  GPtrArray *entries = read_page (pipeline, ask->wanted, ask->before_id, cancellable, error);

  for (guint i = 0; !ask->with_payload && entries != NULL && i < entries->len; i++)
    g_clear_pointer (&((TideQuarantined *) g_ptr_array_index (entries, i))->payload, g_bytes_unref);
  return entries;
}

static void
ask_async (TidePipeline *pipeline, const TideQuarantineWanted *wanted, gint64 before_id, bool with_payload,
           GCancellable *cancellable, GAsyncReadyCallback callback, void *data)
{
  Ask *ask = g_new0 (Ask, 1);

  ask->wanted = tide_quarantine_wanted_copy (wanted);
  ask->before_id = before_id;
  ask->with_payload = with_payload;
  tide_pipeline_run_async (pipeline, answer, ask, ask_free, (GDestroyNotify) g_ptr_array_unref, cancellable, callback, data);
}

void
tide_quarantine_list_async (TidePipeline *pipeline, const TideQuarantineWanted *wanted, gint64 before_id,
                            GCancellable *cancellable, GAsyncReadyCallback callback, void *data)
{
  ask_async (pipeline, wanted, before_id, false, cancellable, callback, data);
}

void
tide_quarantine_read_async (TidePipeline *pipeline, gint64 id, GCancellable *cancellable, GAsyncReadyCallback callback, void *data)
{
  const TideQuarantineWanted wanted = { .id = id };

  ask_async (pipeline, &wanted, 0, true, cancellable, callback, data);
}

char *
tide_quarantine_payload_text (GBytes *payload, gsize max_bytes)
{
  gsize size = 0;
  const char *data = payload != NULL ? g_bytes_get_data (payload, &size) : NULL;
  gsize shown = size < max_bytes ? size : max_bytes;
  g_autofree char *text = g_utf8_make_valid (data != NULL ? data : "", (gssize) shown);
  g_autofree char *cut = NULL;

  if (shown == size)
    return *text == '{' || *text == '[' ? tide_json_indent (text) : g_steal_pointer (&text);
  cut = tide_format_bytes ((gint64) (size - shown));
  return g_strdup_printf (_ ("%s\n… and %s more"), text, cut);
}

void
tide_quarantine_mark_broken (TideJsonPanel *panel, TidePipeline *pipeline, const TideQuarantined *entry)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);
  const TideStream *stream = tide_workspace_get_stream (workspace, entry->stream);
  g_auto (GStrv) rules = g_strsplit (entry->rules != NULL ? entry->rules : "", ";", -1);

  for (guint i = 0; stream != NULL && rules[i] != NULL; i++)
    {
      const char *dot = strrchr (rules[i], '.');
      g_autofree char *name = dot != NULL ? g_strndup (rules[i], (gsize) (dot - rules[i])) : NULL;
      int field = name != NULL ? tide_stream_find_field (stream, name) : -1;
      char **parts = field >= 0 ? stream->fields[field]->path_parts : NULL;

      if (parts != NULL && parts[0] != NULL)
        tide_json_panel_mark (panel, parts[g_strv_length (parts) - 1]);
    }
}

/* --- the file --- */

static bool
write_entry (TideCsv *csv, const TideQuarantined *entry, GError **error)
{
  char received[TIDE_TIME_STR_MAX], time[TIDE_TIME_STR_MAX];
  gsize size = 0;
  const char *data = entry->payload != NULL ? g_bytes_get_data (entry->payload, &size) : NULL;
  g_autofree char *payload = g_utf8_make_valid (data != NULL ? data : "", (gssize) size);

  tide_time_format (entry->received, received);
  tide_time_format (entry->time, time);
  tide_csv_number (csv, received);
  tide_csv_number (csv, time);
  tide_csv_text (csv, entry->stream, -1);
  tide_csv_text (csv, entry->source, -1);
  tide_csv_text (csv, entry->position, -1);
  tide_csv_text (csv, entry->key, -1);
  tide_csv_text (csv, entry->state, -1);
  tide_csv_text (csv, entry->rules, -1);
  tide_csv_text (csv, entry->reason, -1);
  tide_csv_text (csv, payload, -1);
  return tide_csv_end_row (csv, error);
}

/* Thread: worker. */
static bool
write_entries (TidePipeline *pipeline, void *data, GOutputStream *output, GCancellable *cancellable, GError **error)
{
  static const char *const titles[] = { "received", "event time", "stream", "source", "position", "key", "state", "rules", "reason", "payload" };
  g_autoptr (TideCsv) csv = tide_csv_new (output);
  gint64 before = 0;
  guint n = TIDE_QUARANTINE_PAGE;

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    tide_csv_text (csv, titles[i], -1);
  if (!tide_csv_end_row (csv, error))
    return false;
  while (n == TIDE_QUARANTINE_PAGE)
    {
      g_autoptr (GPtrArray) entries = read_page (pipeline, data, before, cancellable, error);

      if (entries == NULL)
        return false;
      n = entries->len;
      for (guint i = 0; i < n; i++)
        {
          const TideQuarantined *entry = g_ptr_array_index (entries, i);

          before = entry->id;
          if (!write_entry (csv, entry, error))
            return false;
        }
    }
  return tide_csv_finish (csv, error);
}

TideAppExport *
tide_quarantine_export (const TideQuarantineWanted *wanted)
{
  return tide_app_export_new ("quarantine", write_entries, tide_quarantine_wanted_copy (wanted),
                              (GDestroyNotify) tide_quarantine_wanted_free);
}
