/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the values of each field are spread, a day at a time: the blocks that came since the last time are read once and
 * folded into sketches. It costs what is new, and what is folded is saved with the mark up to which it goes.
 * Limit: only the commonest values of texts and bools are kept (see store-profile.h). */
#include "batch-private.h"

#include <math.h>
#include <string.h>
#include <xxhash.h>

/* Events that are folded before they are saved. */
#define CHUNK_EVENTS 500000
#define KEPT (400 * TIDE_DAY)
/* Texts that are counted of a field and day in one chunk; once there are more, the rest is not counted. */
#define TEXTS_MAX 20000

typedef struct
{
  TideProfile *profile;
  GHashTable *texts; /* text → count in a pointer; NULL: not of this type */
} FieldDay;

typedef struct
{
  TideTime start, end;
  FieldDay *fields;
} Day;

typedef struct
{
  const TideStream *stream;
  GTimeZone *zone;
  GPtrArray *days; /* Day */
  guint64 events;
} Fold;

static void
day_free (Day *day, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      tide_profile_free (day->fields[i].profile);
      g_clear_pointer (&day->fields[i].texts, g_hash_table_unref);
    }
  g_free (day->fields);
  g_free (day);
}

static Day *
find_day (Fold *fold, TideTime time)
{
  static const TidePeriod a_day = { TIDE_PERIOD_DAYS, 1 };
  for (guint i = fold->days->len; i-- > 0;)
    {
      Day *day = g_ptr_array_index (fold->days, i);
      if (time >= day->start && time < day->end)
        return day;
    }
  Day *day = g_new0 (Day, 1);
  day->start = tide_period_floor (a_day, fold->zone, time);
  day->end = tide_period_next (a_day, fold->zone, day->start);
  day->fields = g_new0 (FieldDay, fold->stream->n_fields);
  for (uint32_t i = 0; i < fold->stream->n_fields; i++)
    {
      TideType type = fold->stream->fields[i]->type;
      day->fields[i].profile = tide_profile_new (fold->stream->name, fold->stream->fields[i]->name, day->start);
      if (type == TIDE_TYPE_TEXT || type == TIDE_TYPE_BOOL)
        day->fields[i].texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    }
  g_ptr_array_add (fold->days, day);
  return day;
}

static void
count_text (FieldDay *field, TideText text, guint n)
{
  gpointer known = NULL, key = NULL;
  char *copy = g_strndup (text.data, text.len);
  tide_distinct_add (&field->profile->distinct, XXH3_64bits (text.len > 0 ? text.data : "", text.len));
  if (g_hash_table_lookup_extended (field->texts, copy, &key, &known) || g_hash_table_size (field->texts) < TEXTS_MAX)
    g_hash_table_insert (field->texts, copy, GUINT_TO_POINTER (GPOINTER_TO_UINT (known) + n));
  else
    g_free (copy);
}

/* Each text once, however many rows have it. */
static void
fold_texts (FieldDay *field, const TideColumn *column, uint32_t from, uint32_t to)
{
  if (column->n_dict > 4 * (to - from))
    {
      for (uint32_t row = from; row < to; row++)
        if (tide_column_is_valid (column, row))
          count_text (field, column->dict[column->codes[row]], 1);
      return;
    }
  g_autofree guint *counts = g_new0 (guint, column->n_dict + 1);
  for (uint32_t row = from; row < to; row++)
    if (tide_column_is_valid (column, row))
      counts[column->codes[row]]++;
  for (uint32_t code = 0; code < column->n_dict; code++)
    if (counts[code] > 0)
      count_text (field, column->dict[code], counts[code]);
}

static void
fold_bools (FieldDay *field, const TideColumn *column, uint32_t from, uint32_t to)
{
  guint counts[2] = { 0, 0 };
  for (uint32_t row = from; row < to; row++)
    if (tide_column_is_valid (column, row))
      counts[column->ints[row] != 0]++;
  if (counts[0] > 0)
    count_text (field, tide_text ("false"), counts[0]);
  if (counts[1] > 0)
    count_text (field, tide_text ("true"), counts[1]);
}

static void
fold_numbers (FieldDay *field, const TideColumn *column, uint32_t from, uint32_t to)
{
  double unit = column->type == TIDE_TYPE_DECIMAL ? pow (10, column->scale)
                : column->type == TIDE_TYPE_TIME  ? (double) TIDE_SECOND
                                                  : 1;
  for (uint32_t row = from; row < to; row++)
    {
      if (!tide_column_is_valid (column, row))
        continue;
      bool real = column->type == TIDE_TYPE_REAL;
      double value = real ? column->reals[row] : (double) column->ints[row] / unit;
      if (!isfinite (value))
        continue;
      tide_quantiles_add (&field->profile->quantiles, value, 1);
      tide_distinct_add (&field->profile->distinct, real ? XXH3_64bits (&column->reals[row], sizeof (double))
                                                         : XXH3_64bits (&column->ints[row], sizeof (int64_t)));
    }
}

static void
fold_rows (Fold *fold, Day *day, const TideBatch *batch, uint32_t from, uint32_t to)
{
  for (uint32_t i = 0; i < fold->stream->n_fields; i++)
    {
      const TideColumn *column = &batch->columns[TIDE_COLUMN_FIELD0 + i];
      FieldDay *field = &day->fields[i];
      gint64 nulls = 0;
      for (uint32_t row = from; row < to; row++)
        nulls += !tide_column_is_valid (column, row);
      field->profile->events += to - from;
      field->profile->nulls += nulls;
      if (column->type == TIDE_TYPE_TEXT && field->texts != NULL)
        fold_texts (field, column, from, to);
      else if (column->type == TIDE_TYPE_BOOL && field->texts != NULL)
        fold_bools (field, column, from, to);
      else if (column->type != TIDE_TYPE_NONE && field->texts == NULL)
        fold_numbers (field, column, from, to);
    }
}

/* Runs of rows of one day at a time. */
static void
fold_batch (Fold *fold, const TideBatch *batch)
{
  const int64_t *times = batch->columns[TIDE_COLUMN_TIME].ints;
  uint32_t from = 0;
  while (from < batch->n)
    {
      Day *day = find_day (fold, times[from]);
      uint32_t to = from + 1;
      while (to < batch->n && times[to] >= day->start && times[to] < day->end)
        to++;
      fold_rows (fold, day, batch, from, to);
      from = to;
    }
  fold->events += batch->n;
}

static bool
save (Fold *fold, TideWriter *writer, TideSeq seq, TideTime now, GError **error)
{
  g_autoptr (GPtrArray) profiles = g_ptr_array_new ();
  for (guint i = 0; i < fold->days->len; i++)
    {
      Day *day = g_ptr_array_index (fold->days, i);
      for (uint32_t k = 0; k < fold->stream->n_fields; k++)
        {
          FieldDay *field = &day->fields[k];
          GHashTableIter iter;
          gpointer text, count;
          if (field->texts != NULL)
            {
              g_hash_table_iter_init (&iter, field->texts);
              while (g_hash_table_iter_next (&iter, &text, &count))
                tide_profile_add_top (field->profile, text, GPOINTER_TO_UINT (count));
            }
          g_ptr_array_add (profiles, field->profile);
        }
    }
  bool done = tide_profiles_save (writer, fold->stream->name, profiles, seq, now - KEPT, error);
  for (guint i = 0; i < fold->days->len; i++)
    day_free (g_ptr_array_index (fold->days, i), fold->stream->n_fields);
  g_ptr_array_set_size (fold->days, 0);
  fold->events = 0;
  return done;
}

/* Folds up to CHUNK_EVENTS after @after; *ret_seq is the last that was read. */
static bool
fold_chunk (TideStore *store, Fold *fold, TideSeq after, TideSeq *ret_seq, GCancellable *cancellable, GError **error)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (store, error);
  TideStreamFacts facts = { 0 };
  if (reader == NULL || !tide_reader_begin (reader, 0, cancellable, error))
    return false;
  bool done = tide_store_get_stream_facts (reader, fold->stream->name, &facts, error);
  TideSeq up_to = MIN (facts.last_seq, after + CHUNK_EVENTS);
  TideScanOptions options = { .stream = fold->stream, .after = after, .up_to = up_to, .from = TIDE_TIME_NONE,
                              .to = TIDE_TIME_MAX };
  g_autoptr (TideScan) scan = done && up_to > after ? tide_scan_new (reader, &options, error) : NULL;
  const TideBatch *batch = NULL;
  done = done && (up_to <= after || scan != NULL);
  while (done && scan != NULL && (done = tide_scan_next (scan, &batch, error)) && batch != NULL)
    {
      fold_batch (fold, batch);
      done = !g_cancellable_set_error_if_cancelled (cancellable, error);
    }
  g_clear_pointer (&scan, tide_scan_free);
  tide_reader_end (reader);
  *ret_seq = up_to > after ? up_to : after;
  return done;
}

static bool
read_mark (TideStore *store, const char *stream, TideSeq *ret_seq, GError **error)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (store, error);
  if (reader == NULL || !tide_reader_begin (reader, 0, NULL, error))
    return false;
  bool done = tide_store_get_profile_mark (reader, stream, ret_seq, error);
  tide_reader_end (reader);
  return done;
}

/**
 * tide_profile_run:
 *
 * Brings the profiles of @stream up to what is committed.
 *
 * Errors: BUSY, CORRUPT, FULL, CANCELLED. Thread: a worker; one at a time for a stream.
 */
bool
tide_profile_run (TideStore *store, TideWriter *writer, const TideWorkspace *workspace, const TideStream *stream,
                  TideTime now, GCancellable *cancellable, GError **error)
{
  Fold fold = { .stream = stream, .zone = workspace->zone, .days = g_ptr_array_new () };
  TideSeq mark = 0, next = 0;
  bool done = read_mark (store, stream->name, &mark, error);
  while (done)
    {
      done = fold_chunk (store, &fold, mark, &next, cancellable, error);
      if (!done || next == mark)
        break;
      done = save (&fold, writer, next, now, error);
      mark = next;
    }
  for (guint i = 0; i < fold.days->len; i++)
    day_free (g_ptr_array_index (fold.days, i), stream->n_fields);
  g_ptr_array_unref (fold.days);
  return done;
}
