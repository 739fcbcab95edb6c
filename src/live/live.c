/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rings of a pipeline, and the newest events of each stream. One lock guards the lists (short: an edit swaps
 * them), each ring has its own, and the current snapshot is swapped under a third that is held for an assignment
 * only, so that the main thread never waits for a fold. */
#include "live-private.h"

#include <string.h>

/* What the sketches of all rings may hold; each ring has its share. */
#define SKETCHES_MAX_BYTES ((gsize) 128 * 1024 * 1024)
#define TAIL_MAX_EVENTS 2000
#define TAIL_MAX_BYTES (2 * 1024 * 1024)

typedef struct
{
  const TideStream *stream;
  GPtrArray *rings;     /* TideLiveRing* */
  GQueue tail;          /* TideBatch*, newest last */
  guint tail_events;
  gsize tail_bytes;
  TideTime newest;
  guint64 rate_events[5]; /* by second, for the rate */
  int64_t rate_second;
} StreamRings;

struct _TideLive
{
  GMutex lock;          /* streams and workspace */
  GMutex snapshot_lock;
  TideWorkspace *workspace;
  GPtrArray *streams;   /* StreamRings* */
  TideLiveSnapshot *snapshot;
  TideClock clock;
  TideLiveMeter meter;
};

static void
stream_rings_free (void *data)
{
  StreamRings *rings = data;

  g_ptr_array_unref (rings->rings);
  g_queue_clear_full (&rings->tail, (GDestroyNotify) tide_batch_unref);
  tide_stream_unref (rings->stream);
  g_free (rings);
}

static StreamRings *
find_stream (GPtrArray *streams, const char *name)
{
  for (guint i = 0; streams != NULL && i < streams->len; i++)
    {
      StreamRings *rings = g_ptr_array_index (streams, i);

      if (strcmp (rings->stream->name, name) == 0)
        return rings;
    }
  return NULL;
}

static TideLiveRing *
find_ring (GPtrArray *streams, const char *metric)
{
  for (guint i = 0; streams != NULL && i < streams->len; i++)
    {
      StreamRings *rings = g_ptr_array_index (streams, i);

      for (guint k = 0; k < rings->rings->len; k++)
        {
          TideLiveRing *ring = g_ptr_array_index (rings->rings, k);

          if (strcmp (tide_live_ring_get_metric (ring)->name, metric) == 0)
            return ring;
        }
    }
  return NULL;
}

/* A ring of the same version goes on; the plan of a changed schema binds anew. */
static TideLiveRing *
take_ring (GPtrArray *old, TideMetric *metric, TideDuration horizon)
{
  TideLiveRing *ring = find_ring (old, metric->name);

  if (ring == NULL || strcmp (tide_live_ring_get_metric (ring)->version, metric->version) != 0
      || tide_live_ring_get_metric (ring)->over != metric->over
      || memcmp (&tide_live_ring_get_metric (ring)->every, &metric->every, sizeof metric->every) != 0)
    return tide_live_ring_new (metric, horizon);
  tide_live_ring_set_metric (ring, metric);
  return tide_live_ring_ref (ring);
}

static StreamRings *
build_stream (GPtrArray *old, const TideWorkspace *workspace, const TideStream *stream)
{
  StreamRings *rings = g_new0 (StreamRings, 1), *before = find_stream (old, stream->name);

  rings->stream = tide_stream_ref (stream);
  rings->rings = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_live_ring_unref);
  rings->newest = TIDE_TIME_NONE;
  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      TideMetric *metric = g_ptr_array_index (workspace->metrics, i);

      if (metric->numerator == NULL && metric->stream == stream)
        {
          TideLiveRing *ring = take_ring (old, metric, workspace->live_horizon);

          tide_live_ring_set_max_bytes (ring, SKETCHES_MAX_BYTES / workspace->metrics->len);
          g_ptr_array_add (rings->rings, ring);
        }
    }
  if (before != NULL)
    {
      rings->newest = before->newest;
      for (GList *item = before->tail.head; item != NULL; item = item->next)
        g_queue_push_tail (&rings->tail, tide_batch_ref (item->data));
      rings->tail_events = before->tail_events;
      rings->tail_bytes = before->tail_bytes;
    }
  return rings;
}

TideLive *
tide_live_new (const TideWorkspace *workspace, const TideClock *clock)
{
  TideLive *live = g_new0 (TideLive, 1);

  g_mutex_init (&live->lock);
  g_mutex_init (&live->snapshot_lock);
  live->clock = clock != NULL ? *clock : tide_clock_system;
  tide_live_set_workspace (live, workspace);
  tide_live_publish (live);
  return live;
}

void
tide_live_free (TideLive *live)
{
  if (live == NULL)
    return;
  tide_live_snapshot_unref (live->snapshot);
  g_ptr_array_unref (live->streams);
  tide_workspace_unref (live->workspace);
  g_mutex_clear (&live->lock);
  g_mutex_clear (&live->snapshot_lock);
  g_free (live);
}

static void
set_streams (TideLive *live, const TideWorkspace *workspace, bool go_on)
{
  GPtrArray *streams = g_ptr_array_new_with_free_func (stream_rings_free), *old;
  TideWorkspace *old_workspace;

  g_mutex_lock (&live->lock);
  if (workspace == NULL)
    workspace = live->workspace;
  for (guint i = 0; i < workspace->streams->len; i++)
    g_ptr_array_add (streams, build_stream (go_on ? live->streams : NULL, workspace,
                                            g_ptr_array_index (workspace->streams, i)));
  old = live->streams;
  old_workspace = live->workspace;
  live->streams = streams;
  live->workspace = tide_workspace_ref ((TideWorkspace *) workspace);
  g_mutex_unlock (&live->lock);
  g_clear_pointer (&old, g_ptr_array_unref);
  tide_workspace_unref (old_workspace);
}

void
tide_live_set_workspace (TideLive *live, const TideWorkspace *workspace)
{
  set_streams (live, workspace, true);
}

void
tide_live_reset (TideLive *live)
{
  set_streams (live, NULL, false);
}

void
tide_live_set_groups (TideLive *live, const char *metric, const TideGroups *groups)
{
  TideLiveRing *ring;

  g_mutex_lock (&live->lock);
  ring = find_ring (live->streams, metric);
  if (ring != NULL)
    tide_live_ring_set_groups (ring, groups);
  g_mutex_unlock (&live->lock);
}

static void
add_to_tail (StreamRings *rings, TideBatch *batch)
{
  g_queue_push_tail (&rings->tail, tide_batch_ref (batch));
  rings->tail_events += batch->n;
  rings->tail_bytes += tide_batch_get_bytes (batch);
  while (rings->tail.length > 1 && (rings->tail_events > TAIL_MAX_EVENTS || rings->tail_bytes > TAIL_MAX_BYTES))
    {
      g_autoptr (TideBatch) oldest = g_queue_pop_head (&rings->tail);

      rings->tail_events -= oldest->n;
      rings->tail_bytes -= tide_batch_get_bytes (oldest);
    }
}

static void
count_rate (StreamRings *rings, int64_t second, guint events)
{
  for (int64_t s = MAX (rings->rate_second + 1, second - 4); s <= second; s++)
    rings->rate_events[s % 5] = 0;
  rings->rate_second = MAX (rings->rate_second, second);
  rings->rate_events[second % 5] += events;
}

/* A ring and its metric as they are when a batch comes. */
typedef struct
{
  GPtrArray *rings, *metrics;
} Folds;

static void
add_fold (Folds *folds, TideLiveRing *ring)
{
  g_ptr_array_add (folds->rings, tide_live_ring_ref (ring));
  g_ptr_array_add (folds->metrics, tide_metric_ref (tide_live_ring_get_metric (ring)));
}

static void
run_folds (TideLive *live, const Folds *folds, const TideBatch *batch, bool metered)
{
  for (guint i = 0; i < folds->rings->len; i++)
    {
      int64_t start_ns = metered ? tide_thread_cpu_ns () : 0;

      tide_live_ring_add (g_ptr_array_index (folds->rings, i), batch);
      if (metered)
        live->meter.used (g_ptr_array_index (folds->metrics, i), TIDE_LIVE_FOLD, tide_thread_cpu_ns () - start_ns, batch->n,
                          live->meter.data);
    }
}

/* @only: NULL: of all tiers when @tail is NULL, else of the real-time ones. */
static bool
takes (TideLiveRing *ring, const char *only, const TideBatch *tail)
{
  const TideMetric *metric = tide_live_ring_get_metric (ring);

  return only != NULL ? strcmp (metric->name, only) == 0 : tail == NULL || metric->tier == TIDE_TIER_REAL_TIME;
}

static void
fold (TideLive *live, const TideBatch *batch, TideBatch *tail, const char *only)
{
  g_autoptr (GPtrArray) rings = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_live_ring_unref);
  g_autoptr (GPtrArray) metrics = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_metric_unref);
  Folds folds = { rings, metrics };
  StreamRings *stream;

  g_mutex_lock (&live->lock);
  stream = find_stream (live->streams, batch->stream->name);
  if (stream != NULL && tide_stream_same_schema (stream->stream, batch->stream))
    {
      stream->newest = MAX (stream->newest, batch->time_max);
      if (tail != NULL)
        {
          add_to_tail (stream, tail);
          count_rate (stream, tide_clock_monotonic (&live->clock) / TIDE_SECOND, batch->n);
        }
      for (guint i = 0; i < stream->rings->len; i++)
        if (takes (g_ptr_array_index (stream->rings, i), only, tail))
          add_fold (&folds, g_ptr_array_index (stream->rings, i));
    }
  g_mutex_unlock (&live->lock);
  run_folds (live, &folds, batch, live->meter.used != NULL && tail != NULL);
}

/**
 * tide_live_add:
 *
 * Thread: the source's of the batch's stream. Locks: the list's (short), then each ring's in turn.
 */
void
tide_live_add (TideLive *live, TideBatch *batch)
{
  fold (live, batch, batch, NULL);
}

void
tide_live_restore (TideLive *live, const TideBatch *batch)
{
  fold (live, batch, NULL, NULL);
}

void
tide_live_refresh (TideLive *live, const char *metric, const TideBatch *batch)
{
  fold (live, batch, NULL, metric);
}

void
tide_live_set_meter (TideLive *live, const TideLiveMeter *meter)
{
  live->meter = *meter;
}

static void
snapshot_stream (TideLive *live, StreamRings *rings, TideLiveStream *ret_stream)
{
  guint64 events = 0;
  int64_t second = tide_clock_monotonic (&live->clock) / TIDE_SECOND;
  guint i = 0;

  count_rate (rings, second, 0);
  for (int64_t s = second - 4; s < second; s++)
    events += rings->rate_events[s % 5];
  ret_stream->stream = tide_stream_ref (rings->stream);
  ret_stream->newest = rings->newest;
  ret_stream->events_per_s = (double) events / 4;
  ret_stream->n_tail = rings->tail.length;
  ret_stream->tail = g_new (TideBatch *, MAX (rings->tail.length, 1));
  for (GList *item = rings->tail.head; item != NULL; item = item->next)
    ret_stream->tail[i++] = tide_batch_ref (item->data);
}

static void
tell_snapshot (TideLive *live, const TideMetric *metric, int64_t cpu_ns, int64_t sweep_ns)
{
  if (live->meter.used == NULL)
    return;
  if (sweep_ns > 0)
    live->meter.used (metric, TIDE_LIVE_SWEEP, sweep_ns, 0, live->meter.data);
  live->meter.used (metric, TIDE_LIVE_DRAW, cpu_ns - sweep_ns, 0, live->meter.data);
}

static void
snapshot_metrics (TideLive *live, TideLiveSnapshot *snapshot, GPtrArray *metrics, GPtrArray *rings, guint n)
{
  int64_t last = snapshot->time / TIDE_SECOND;
  double *times = g_new (double, n);

  for (guint i = 0; i < n; i++)
    times[i] = (double) ((last - n + 1 + i + 1) * TIDE_SECOND);
  snapshot->metrics = g_new0 (TideLiveMetric, MAX (metrics->len, 1));
  for (guint i = 0; i < metrics->len; i++)
    {
      TideMetric *metric = g_ptr_array_index (metrics, i);
      TideLiveMetric *part = &snapshot->metrics[i];
      int64_t start_ns = live->meter.used != NULL ? tide_thread_cpu_ns () : 0, sweep_ns = 0;

      if (metric->numerator != NULL) /* the workspace lists ratios after what they use */
        tide_live_ratio_snapshot (metric, last, tide_live_snapshot_find (snapshot, metric->numerator->name),
                                  tide_live_snapshot_find (snapshot, metric->denominator->name), part);
      else
        tide_live_ring_snapshot (g_ptr_array_index (rings, i), last, n, part, &sweep_ns);
      tell_snapshot (live, metric, tide_thread_cpu_ns () - start_ns, sweep_ns);
      part->times = times;
      snapshot->n_metrics = i + 1;
    }
  for (guint i = 0; i < metrics->len; i++)
    tide_live_metric_trim (&snapshot->metrics[i], last);
  if (metrics->len == 0)
    g_free (times);
}

/**
 * tide_live_publish:
 *
 * Thread: the ticker's. Locks: as add(), and for an assignment that of the snapshot.
 */
void
tide_live_publish (TideLive *live)
{
  TideLiveSnapshot *snapshot = g_new0 (TideLiveSnapshot, 1), *old;
  g_autoptr (GPtrArray) metrics = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_metric_unref);
  g_autoptr (GPtrArray) rings = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_live_ring_unref);
  guint n;

  g_atomic_ref_count_init (&snapshot->refs);
  snapshot->time = tide_clock_now (&live->clock);
  snapshot->mono_us = tide_clock_monotonic (&live->clock);
  g_mutex_lock (&live->lock);
  n = (guint) MAX (live->workspace->live_horizon / TIDE_SECOND, 60);
  for (guint i = 0; i < live->workspace->metrics->len; i++)
    {
      TideMetric *metric = g_ptr_array_index (live->workspace->metrics, i);
      TideLiveRing *ring = find_ring (live->streams, metric->name);

      g_ptr_array_add (metrics, tide_metric_ref (metric));
      g_ptr_array_add (rings, ring != NULL ? tide_live_ring_ref (ring) : NULL);
    }
  snapshot->n_streams = live->streams->len;
  snapshot->streams = g_new0 (TideLiveStream, MAX (live->streams->len, 1));
  for (guint i = 0; i < live->streams->len; i++)
    snapshot_stream (live, g_ptr_array_index (live->streams, i), &snapshot->streams[i]);
  g_mutex_unlock (&live->lock);
  snapshot_metrics (live, snapshot, metrics, rings, n);

  g_mutex_lock (&live->snapshot_lock);
  old = live->snapshot;
  live->snapshot = snapshot;
  g_mutex_unlock (&live->snapshot_lock);
  tide_live_snapshot_unref (old);
}

TideLiveSnapshot *
tide_live_get_snapshot (TideLive *live)
{
  TideLiveSnapshot *snapshot;

  g_mutex_lock (&live->snapshot_lock);
  snapshot = tide_live_snapshot_ref (live->snapshot);
  g_mutex_unlock (&live->snapshot_lock);
  return snapshot;
}

gsize
tide_live_get_bytes (TideLive *live)
{
  gsize bytes = 0;

  g_mutex_lock (&live->lock);
  for (guint i = 0; i < live->streams->len; i++)
    {
      StreamRings *stream = g_ptr_array_index (live->streams, i);

      bytes += stream->tail_bytes;
      for (guint k = 0; k < stream->rings->len; k++)
        bytes += tide_live_ring_get_bytes (g_ptr_array_index (stream->rings, k));
    }
  g_mutex_unlock (&live->lock);
  return bytes;
}
