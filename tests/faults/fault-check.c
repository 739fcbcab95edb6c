/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Holds a workspace against the sequence that fault-producer wrote, beside whoever runs it. Reads lines
 * "DIR STREAM EVENTS SUM TIMEOUT_MS seen|all" and answers each with "ok FLOOR STORED" or "wrong: what". Waits until that
 * many events are stored; then, with "all": each message of the topic once and no other; every metric merged = base ⊕
 * recompute; the metrics' totals are those of the whole topic (SUM of the ids), also of what retention deleted; nothing
 * quarantined, damaged or missing; SQLite's quick_check. */
#include "pipeline.h"

#include <stdio.h>
#include <string.h>

#define LOOK_US (10 * 1000)

typedef struct
{
  TidePipeline *pipeline;
  TideWorkspace *workspace;
  const TideStream *stream;
  gint64 events, sum; /* of the topic: messages, and their ids */
  TideStreamFacts facts;
} Check;

static bool
wrong (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static bool
wrong (GError **error, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, TIDE_ERROR, TIDE_ERROR_FAILED, text);
  return false;
}

/* --- what is stored --- */

static bool
look (Check *check, GError **error)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (tide_pipeline_get_store (check->pipeline), error);
  if (reader == NULL || !tide_reader_begin (reader, 0, NULL, error))
    return false;
  bool ok = tide_store_get_stream_facts (reader, check->stream->name, &check->facts, error);
  tide_reader_end (reader);
  return ok;
}

static bool
wait_for_all (Check *check, int64_t until_us, GError **error)
{
  do
    {
      if (!look (check, error))
        return false;
      if (check->facts.last_seq >= check->events)
        break;
      g_usleep (LOOK_US);
    }
  while (g_get_monotonic_time () < until_us);
  if (check->facts.last_seq == check->events)
    return true;
  return wrong (error, "%" G_GINT64_FORMAT " events came of %" G_GINT64_FORMAT, (gint64) check->facts.last_seq,
                check->events);
}

/* A message is where it is in the topic, once. */
static bool
mark_positions (const TideBatch *batch, GHashTable *seen, GError **error)
{
  const TideColumn *partition = &batch->columns[TIDE_COLUMN_PARTITION], *offset = &batch->columns[TIDE_COLUMN_OFFSET];
  for (uint32_t i = 0; i < batch->n; i++)
    {
      gint64 position = partition->ints[i] << 48 | offset->ints[i];
      if (!g_hash_table_add (seen, g_memdup2 (&position, sizeof position)))
        return wrong (error, "offset %" G_GINT64_FORMAT " of partition %" G_GINT64_FORMAT " is stored twice",
                      (gint64) offset->ints[i], (gint64) partition->ints[i]);
    }
  return true;
}

static bool
check_positions (Check *check, TideReader *reader, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  TideScanOptions options = { .stream = check->stream, .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX };
  g_autoptr (TideScan) scan = tide_scan_new (reader, &options, error);
  TideSeq next = check->facts.floor_seq + 1, first_corrupt;
  const TideBatch *batch = NULL;
  while (scan != NULL && tide_scan_next (scan, &batch, error))
    {
      if (batch == NULL)
        break;
      if (batch->first_seq != next)
        return wrong (error, "after event %" G_GINT64_FORMAT " comes %" G_GINT64_FORMAT, (gint64) next - 1,
                      (gint64) batch->first_seq);
      if (!mark_positions (batch, seen, error))
        return false;
      next += batch->n;
    }
  if (scan == NULL || batch != NULL)
    return false;
  if (tide_scan_get_corrupt (scan, &first_corrupt) > 0)
    return wrong (error, "event %" G_GINT64_FORMAT " is damaged", (gint64) first_corrupt);
  if (next != check->facts.last_seq + 1)
    return wrong (error, "the last event is %" G_GINT64_FORMAT ", not %" G_GINT64_FORMAT, (gint64) next - 1,
                  (gint64) check->facts.last_seq);
  return true;
}

static bool
check_tables (sqlite3 *db, GError **error)
{
  static const struct
  {
    const char *sql, *good;
  } checks[] = {
    { "PRAGMA quick_check", "ok" },
    { "PRAGMA journal_mode", "wal" },
    { "SELECT count(*) FROM gap", "0" },
    { "SELECT count(*) FROM quarantine", "0" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (checks); i++)
    {
      sqlite3_stmt *stmt = NULL;
      bool ok = sqlite3_prepare_v2 (db, checks[i].sql, -1, &stmt, NULL) == SQLITE_OK && sqlite3_step (stmt) == SQLITE_ROW
                && g_strcmp0 ((const char *) sqlite3_column_text (stmt, 0), checks[i].good) == 0;
      if (!ok)
        wrong (error, "%s: %s", checks[i].sql,
               sqlite3_column_count (stmt) > 0 ? (const char *) sqlite3_column_text (stmt, 0) : sqlite3_errmsg (db));
      sqlite3_finalize (stmt);
      if (!ok)
        return false;
    }
  return true;
}

static bool
check_store (Check *check, GError **error)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (tide_pipeline_get_store (check->pipeline), error);
  if (reader == NULL || !tide_reader_begin (reader, 0, NULL, error))
    return false;
  bool ok = tide_store_get_stream_facts (reader, check->stream->name, &check->facts, error)
            && check_positions (check, reader, error) && check_tables (tide_reader_get_db (reader), error);
  tide_reader_end (reader);
  return ok;
}

/* --- what the metrics say --- */

static bool
check_total (const Check *check, TideMetric *metric, TideValue total, GError **error)
{
  TideValue expected;
  if (g_str_equal (metric->name, "events"))
    expected = tide_value_exact (check->events, 0);
  else if (g_str_equal (metric->name, "ids"))
    expected = tide_value_exact (check->sum, 0);
  else
    return true;
  char is[TIDE_VALUE_STR_MAX], should_be[TIDE_VALUE_STR_MAX];
  if (tide_value_equal (total, expected))
    return true;
  tide_value_format (total, is);
  tide_value_format (expected, should_be);
  return wrong (error, "the total of '%s' is %s, not %s", metric->name, is, should_be);
}

static bool
check_metrics (Check *check, GError **error)
{
  for (guint i = 0; i < check->workspace->metrics->len; i++)
    {
      TideMetric *metric = g_ptr_array_index (check->workspace->metrics, i);
      TideQuery query = { .metric = metric, .from = TIDE_TIME_NONE, .to = TIDE_TIME_MAX };
      g_autoptr (TideVerification) found
          = tide_serving_verify (tide_pipeline_get_serving (check->pipeline), &query, NULL, NULL, NULL, error);
      if (found == NULL)
        return false;
      if (!found->equal)
        return wrong (error, "'%s' differs from its recompute in %u of %u panes", metric->name, found->n_differences,
                      found->panes);
      if (!check_total (check, metric, found->merged, error))
        return false;
    }
  return true;
}

/* --- commands --- */

/* Opening is tried again: the workspace may be on its way up. */
static TidePipeline *
open_pipeline (const char *dir, int64_t until_us, GError **error)
{
  for (;;)
    {
      g_autoptr (GError) local_error = NULL;
      TidePipeline *pipeline = tide_pipeline_open (dir, TIDE_PIPELINE_READ, NULL, &local_error);
      if (pipeline != NULL)
        return pipeline;
      bool may_come = g_error_matches (local_error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND)
                      || g_error_matches (local_error, TIDE_ERROR, TIDE_ERROR_BUSY);
      if (!may_come || g_get_monotonic_time () > until_us)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return NULL;
        }
      g_usleep (LOOK_US);
    }
}

static bool
run (char **words, TideStreamFacts *ret_facts, GError **error)
{
  int64_t until_us = g_get_monotonic_time () + g_ascii_strtoll (words[4], NULL, 10) * 1000;
  Check check = { .events = g_ascii_strtoll (words[2], NULL, 10), .sum = g_ascii_strtoll (words[3], NULL, 10) };
  g_autoptr (TidePipeline) pipeline = open_pipeline (words[0], until_us, error);
  if (pipeline == NULL)
    return false;
  check.pipeline = pipeline;
  check.workspace = tide_pipeline_get_workspace (pipeline);
  check.stream = tide_workspace_get_stream (check.workspace, words[1]);
  bool ok = wait_for_all (&check, until_us, error)
            && (g_str_equal (words[5], "seen") || (check_store (&check, error) && check_metrics (&check, error)));
  *ret_facts = check.facts;
  tide_workspace_unref (check.workspace);
  tide_pipeline_close (pipeline);
  return ok;
}

int
main (int argc, char **argv)
{
  char line[4096];
  while (fgets (line, sizeof line, stdin) != NULL)
    {
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) words = g_strsplit (g_strchomp (line), " ", -1);
      TideStreamFacts facts = { 0 };
      if (g_strv_length (words) != 6)
        printf ("wrong: DIR STREAM EVENTS SUM TIMEOUT_MS seen|all\n");
      else if (run (words, &facts, &error))
        printf ("ok %" G_GINT64_FORMAT " %" G_GUINT64_FORMAT "\n", (gint64) facts.floor_seq, (guint64) facts.events);
      else
        printf ("wrong: %s\n", error->message);
      fflush (stdout);
    }
  return 0;
}
