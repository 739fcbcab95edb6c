/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Closed panes of one stream, made as its events come. Every metric that a rule needs is folded once, into states by
 * stored pane. The watermark is advanced event by event, and a pane is closed at the very event that moves it past the
 * pane's end and the rule's delay: what a pane holds depends on the order of events alone, never on batches.
 * Limit: what comes after its pane was closed is not in the value that rules saw; the merged view has it. */
#include "watch-series.h"

#include <string.h>

/* Panes that hold no event are closed one by one up to here; of a longer silence the first and the last. */
#define EMPTY_PANES_MAX 2000
/* States of a stream's metrics; past that its rules have an error instead of the memory. */
#define STATES_MAX_BYTES (256 * 1024 * 1024)

struct _TideWatchFeed
{
  const TideStream *stream;
  GPtrArray *folds, *series;
  TideWatermark mark;
  TideWatchCloseFunc close;
  void *data;
  TideTime next_close; /* least watermark at which a pane closes; TIDE_TIME_MAX: none */
  uint64_t batches;
};

TideWatchFeed *
tide_watch_feed_new (const TideStream *stream, TideWatchCloseFunc close, void *data)
{
  TideWatchFeed *feed = g_new0 (TideWatchFeed, 1);

  feed->stream = tide_stream_ref (stream);
  feed->folds = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_watch_fold_free);
  feed->series = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_watch_series_free);
  feed->close = close;
  feed->data = data;
  feed->next_close = TIDE_TIME_MAX;
  tide_watermark_init (&feed->mark, stream->lateness);
  return feed;
}

void
tide_watch_feed_free (TideWatchFeed *feed)
{
  if (feed == NULL)
    return;
  g_ptr_array_unref (feed->series);
  g_ptr_array_unref (feed->folds);
  tide_watermark_clear (&feed->mark);
  tide_stream_unref (feed->stream);
  g_free (feed);
}

const TideStream *
tide_watch_feed_get_stream (const TideWatchFeed *feed)
{
  return feed->stream;
}

TideTime
tide_watch_feed_get_watermark (const TideWatchFeed *feed)
{
  return feed->mark.value;
}

gsize
tide_watch_feed_get_bytes (const TideWatchFeed *feed)
{
  gsize bytes = 0;

  for (guint i = 0; i < feed->folds->len; i++)
    {
      const TideWatchFold *fold = g_ptr_array_index (feed->folds, i);

      bytes += tide_panes_get_bytes (fold->panes) + tide_groups_get_bytes (fold->groups);
    }
  for (guint i = 0; i < feed->series->len; i++)
    bytes += tide_watch_series_get_bytes (g_ptr_array_index (feed->series, i));
  return bytes;
}

static TideWatchFold *
find_fold (TideWatchFeed *feed, TideMetric *metric)
{
  for (guint i = 0; i < feed->folds->len; i++)
    {
      TideWatchFold *fold = g_ptr_array_index (feed->folds, i);

      if (strcmp (fold->metric->version, metric->version) == 0)
        return fold;
    }
  TideWatchFold *fold = tide_watch_fold_new (metric);

  g_ptr_array_add (feed->folds, fold);
  return fold;
}

static TideWatchSeries *
find_series (TideWatchFeed *feed, TideMetric *metric, const TideWatchFold *above, const TideWatchFold *below, TideDuration delay)
{
  for (guint i = 0; i < feed->series->len; i++)
    {
      TideWatchSeries *series = g_ptr_array_index (feed->series, i);

      if (series->above == above && series->below == below && series->delay == delay && series->metric->over == metric->over
          && tide_period_equal (series->metric->every, metric->every))
        return series;
    }
  return NULL;
}

static void
need (TideWatchFold *fold, TideDuration lookback)
{
  if (fold != NULL)
    fold->lookback = MAX (fold->lookback, lookback);
}

TideWatchSeries *
tide_watch_feed_add_series (TideWatchFeed *feed, TideMetric *metric, TideMetric *divided_by, TideDuration delay, guint history,
                            void *rule_data)
{
  TideMetric *upper = metric->numerator != NULL ? metric->numerator : metric;
  TideMetric *lower = metric->numerator != NULL ? metric->denominator : divided_by;
  TideWatchFold *above = find_fold (feed, upper), *below = lower != NULL ? find_fold (feed, lower) : NULL;
  TideWatchSeries *series = find_series (feed, metric, above, below, delay);

  if (series == NULL)
    {
      series = g_new0 (TideWatchSeries, 1);
      series->metric = tide_metric_ref (metric);
      series->above = above;
      series->below = below;
      /* As everywhere: a ratio has the groups of what is below the line, when that has the same. */
      series->groups_of_below = below != NULL && below->metric->n_by == above->metric->n_by;
      series->delay = delay;
      series->next = series->next_end = TIDE_TIME_NONE;
      series->rules = g_ptr_array_new ();
      g_ptr_array_add (feed->series, series);
    }
  series->history = MAX (series->history, history);
  need (above, delay + MAX (metric->over, tide_period_length (metric->every)) + tide_period_length (metric->every));
  need (below, above->lookback);
  g_ptr_array_add (series->rules, rule_data);
  return series;
}

/**
 * tide_watch_feed_seed:
 * @groups: of the plain metric, as known at its cut
 *
 * Before any event: groups that were seen before what is read again. They count as having had data at @since.
 */
void
tide_watch_feed_seed (TideWatchFeed *feed, const TideMetric *metric, const TideGroups *groups, TideTime since)
{
  for (guint i = 0; i < feed->folds->len; i++)
    {
      TideWatchFold *fold = g_ptr_array_index (feed->folds, i);

      if (strcmp (fold->metric->version, metric->version) != 0)
        continue;
      tide_groups_free (fold->groups);
      fold->groups = tide_groups_copy (groups);
      fold->seeded = tide_groups_get_n (groups);
      fold->seeded_at = since;
      if (metric->n_by == 0 && fold->seeded == 1)
        tide_groups_add (fold->groups, NULL, 0);
    }
}

/* The plain metrics that it folds. */
void
tide_watch_feed_foreach_metric (TideWatchFeed *feed, void (*func) (TideWatchFeed *feed, TideMetric *metric, void *data), void *data)
{
  for (guint i = 0; i < feed->folds->len; i++)
    func (feed, ((TideWatchFold *) g_ptr_array_index (feed->folds, i))->metric, data);
}

void
tide_watch_feed_mark_columns (const TideWatchFeed *feed, bool *ret_columns)
{
  ret_columns[TIDE_COLUMN_TIME] = ret_columns[TIDE_COLUMN_RECEIVED] = true;
  ret_columns[TIDE_COLUMN_SOURCE] = ret_columns[TIDE_COLUMN_PARTITION] = true;
  for (guint i = 0; i < feed->folds->len; i++)
    tide_plan_mark_columns (((TideWatchFold *) g_ptr_array_index (feed->folds, i))->plan, ret_columns);
}

/* --- closing --- */

static void
set_next (TideWatchSeries *series, TideTime start)
{
  series->next = start;
  series->next_end = tide_period_next (series->metric->every, series->metric->zone, start);
}

static void
close_pane (TideWatchFeed *feed, TideWatchSeries *series)
{
  TideTime from = series->next, to = series->next_end;
  int64_t start_ns = tide_thread_cpu_ns ();

  tide_watch_series_compute (series, from, to);
  TideWatchPane pane = { .from = from, .to = to, .n = series->n, .values = series->values, .last_data = series->last_data };

  if (series->error == NULL)
    feed->close (series, &pane, feed->data);
  set_next (series, to);
  series->cpu_ns += tide_thread_cpu_ns () - start_ns;
}

/* In a long silence what is between its beginning and its end is passed over. */
static void
skip_silence (TideWatchFeed *feed, TideWatchSeries *series)
{
  TideDuration every = tide_period_length (series->metric->every);
  TideTime end = feed->mark.value - series->delay, target = end - EMPTY_PANES_MAX / 2 * every;
  guint n = 0;

  if (end - series->next < (TideDuration) EMPTY_PANES_MAX * every)
    return;
  TideTime quiet_from = series->next - series->metric->over;
  g_autofree TidePaneState *list = tide_panes_list (series->above->panes, quiet_from, end, &n);
  g_autofree TidePaneState *below = NULL;

  if (n == 0 && series->below != NULL)
    below = tide_panes_list (series->below->panes, quiet_from, end, &n);
  if (n == 0)
    set_next (series, tide_period_floor (series->metric->every, series->metric->zone, target));
}

static void
close_due (TideWatchFeed *feed)
{
  feed->next_close = TIDE_TIME_MAX;
  for (guint i = 0; i < feed->series->len; i++)
    {
      TideWatchSeries *series = g_ptr_array_index (feed->series, i);
      guint closed = 0;

      if (series->next == TIDE_TIME_NONE)
        continue;
      while (feed->mark.value >= series->next_end + series->delay)
        {
          close_pane (feed, series);
          if (++closed % (EMPTY_PANES_MAX / 2) == 0)
            skip_silence (feed, series);
        }
      feed->next_close = MIN (feed->next_close, series->next_end + series->delay);
    }
}

/* --- folding --- */

/* The first event of all says where panes begin. */
static void
begin (TideWatchFeed *feed, TideTime first)
{
  for (guint i = 0; i < feed->series->len; i++)
    {
      TideWatchSeries *series = g_ptr_array_index (feed->series, i);

      if (series->next == TIDE_TIME_NONE)
        {
          set_next (series, tide_period_floor (series->metric->every, series->metric->zone, first));
          feed->next_close = MIN (feed->next_close, series->next_end + series->delay);
        }
    }
}

static void
check_size (TideWatchFeed *feed)
{
  gsize bytes = 0;

  for (guint i = 0; i < feed->folds->len; i++)
    bytes += tide_panes_get_bytes (((TideWatchFold *) g_ptr_array_index (feed->folds, i))->panes);
  if (bytes <= STATES_MAX_BYTES)
    return;
  for (guint i = 0; i < feed->folds->len; i++)
    tide_panes_clear (((TideWatchFold *) g_ptr_array_index (feed->folds, i))->panes);
  for (guint i = 0; i < feed->series->len; i++)
    {
      TideWatchSeries *series = g_ptr_array_index (feed->series, i);

      if (series->error == NULL)
        series->error = g_strdup_printf ("the groups and windows of the rules on %s need more than 256 MB: take shorter windows "
                                         "or fewer groups", feed->stream->name);
    }
}

static void
fold (TideWatchFeed *feed, const TideBatch *batch, uint32_t from, uint32_t to)
{
  for (guint i = 0; i < feed->folds->len && from < to; i++)
    {
      TideWatchFold *one = g_ptr_array_index (feed->folds, i);
      int64_t start_ns = tide_thread_cpu_ns ();

      tide_panes_fold (one->panes, one->plan, one->groups, batch, from, to);
      one->cpu_ns += tide_thread_cpu_ns () - start_ns;
    }
}

static void
prune (TideWatchFeed *feed)
{
  for (guint i = 0; i < feed->folds->len; i++)
    {
      TideWatchFold *one = g_ptr_array_index (feed->folds, i);

      tide_watch_fold_prune (one, feed->mark.value - one->lookback - feed->stream->lateness);
    }
}

/* Keys of the batch's partitions: the source's name and the number. */
static uint64_t
partition_key (const TideBatch *batch, const uint64_t *sources, uint32_t row)
{
  const TideColumn *source = &batch->columns[TIDE_COLUMN_SOURCE], *partition = &batch->columns[TIDE_COLUMN_PARTITION];
  uint64_t key = source->type != TIDE_TYPE_NONE && tide_column_is_valid (source, row) ? sources[source->codes[row]] : 0;

  return key * UINT64_C (0x9e3779b97f4a7c15)
         + (partition->type != TIDE_TYPE_NONE && tide_column_is_valid (partition, row) ? (uint64_t) partition->ints[row] + 1 : 0);
}

static uint64_t *
source_keys (const TideBatch *batch)
{
  const TideColumn *source = &batch->columns[TIDE_COLUMN_SOURCE];
  uint64_t *keys = g_new0 (uint64_t, MAX (source->n_dict, 1));

  for (uint32_t i = 0; source->type != TIDE_TYPE_NONE && i < source->n_dict; i++)
    for (uint32_t k = 0; k < source->dict[i].len; k++)
      keys[i] = keys[i] * 31 + (guint8) source->dict[i].data[k] + 1;
  return keys;
}

/**
 * tide_watch_feed_add:
 * @batch: stored events, in the order of seq; at least the marked columns
 *
 * Thread: the feed's.
 */
void
tide_watch_feed_add (TideWatchFeed *feed, const TideBatch *batch)
{
  const TideColumn *received = &batch->columns[TIDE_COLUMN_RECEIVED];
  const int64_t *times = batch->columns[TIDE_COLUMN_TIME].ints;
  g_autofree uint64_t *sources = source_keys (batch);
  uint32_t from = 0;

  for (uint32_t i = 0; i < batch->n; i++)
    {
      TideTime at = received->type != TIDE_TYPE_NONE ? received->ints[i] : times[i];

      if (feed->mark.newest == TIDE_TIME_NONE)
        begin (feed, times[i]);
      else
        tide_watermark_tick (&feed->mark, at); /* silence before this event */
      tide_watermark_add (&feed->mark, partition_key (batch, sources, i), times[i], at);
      if (feed->mark.value >= feed->next_close)
        {
          fold (feed, batch, from, i); /* the event itself is newer than what closes */
          from = i;
          close_due (feed);
        }
    }
  fold (feed, batch, from, batch->n);
  prune (feed);
  if (feed->batches++ % 64 == 0)
    check_size (feed);
}

/**
 * tide_watch_feed_tick:
 *
 * The clock, while nothing comes. @catching_up: a source reads what it missed, so no partition is idle.
 */
void
tide_watch_feed_tick (TideWatchFeed *feed, TideTime now, bool catching_up)
{
  feed->mark.hold = catching_up;
  tide_watermark_tick (&feed->mark, now);
  if (feed->mark.value >= feed->next_close)
    {
      close_due (feed);
      prune (feed);
    }
}

/**
 * tide_watch_feed_tell_used:
 * @cpu_ns: of its thread, for all that was done for the feed since it told last
 *
 * Each metric's part as it was measured, and what is left of @cpu_ns as the stream's.
 */
void
tide_watch_feed_tell_used (TideWatchFeed *feed, int64_t cpu_ns, TideWatchUsedFunc used, void *data)
{
  for (guint i = 0; i < feed->folds->len; i++)
    {
      TideWatchFold *fold = g_ptr_array_index (feed->folds, i);

      used (feed->stream->name, fold->metric->name, fold->cpu_ns, data);
      cpu_ns -= fold->cpu_ns;
      fold->cpu_ns = 0;
    }
  for (guint i = 0; i < feed->series->len; i++)
    {
      TideWatchSeries *series = g_ptr_array_index (feed->series, i);

      used (feed->stream->name, series->metric->name, series->cpu_ns, data);
      cpu_ns -= series->cpu_ns;
      series->cpu_ns = 0;
    }
  used (feed->stream->name, NULL, cpu_ns, data);
}
