/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far event time has come in a stream: the least of its partitions' newest events, less the stream's lateness.
 * Partitions from which nothing came lately are left out, unless a source is catching up. It is advanced event by event,
 * in the order in which they are stored, so it does not depend on how they are cut into batches.
 * Limit: a partition is known from its first event on; until then it holds nobody up. */
#include "watch-private.h"

#define RECHECK (TIDE_SECOND)

typedef struct
{
  uint64_t key;
  TideTime newest, received;
} Partition;

void
tide_watermark_init (TideWatermark *mark, TideDuration lateness)
{
  *mark = (TideWatermark){ .partitions = g_array_new (FALSE, FALSE, sizeof (Partition)), .lateness = lateness,
                           .value = TIDE_TIME_NONE, .newest = TIDE_TIME_NONE, .received = TIDE_TIME_NONE,
                           .checked = TIDE_TIME_NONE };
}

void
tide_watermark_clear (TideWatermark *mark)
{
  g_clear_pointer (&mark->partitions, g_array_unref);
}

static void
raise_to (TideWatermark *mark, TideTime time)
{
  if (time - mark->lateness > mark->value)
    mark->value = time - mark->lateness;
}

static void
settle (TideWatermark *mark)
{
  TideTime least = TIDE_TIME_MAX;

  for (guint i = 0; i < mark->partitions->len; i++)
    {
      const Partition *partition = &g_array_index (mark->partitions, Partition, i);

      if (mark->hold || mark->received - partition->received <= TIDE_WATCH_IDLE)
        least = MIN (least, partition->newest);
    }
  if (least != TIDE_TIME_MAX)
    raise_to (mark, least);
}

static Partition *
find_partition (TideWatermark *mark, uint64_t key, TideTime time)
{
  Partition fresh = { key, time, TIDE_TIME_NONE };

  if (mark->last < mark->partitions->len && g_array_index (mark->partitions, Partition, mark->last).key == key)
    return &g_array_index (mark->partitions, Partition, mark->last);
  for (mark->last = 0; mark->last < mark->partitions->len; mark->last++)
    if (g_array_index (mark->partitions, Partition, mark->last).key == key)
      return &g_array_index (mark->partitions, Partition, mark->last);
  g_array_append_val (mark->partitions, fresh);
  return &g_array_index (mark->partitions, Partition, mark->last);
}

void
tide_watermark_add (TideWatermark *mark, uint64_t key, TideTime time, TideTime received)
{
  Partition *partition = find_partition (mark, key, time);
  bool advanced = time > partition->newest || partition->received == TIDE_TIME_NONE;

  partition->newest = MAX (partition->newest, time);
  partition->received = MAX (partition->received, received);
  mark->newest = MAX (mark->newest, time);
  mark->received = MAX (mark->received, received);
  if (advanced || mark->received - mark->checked >= RECHECK || mark->checked == TIDE_TIME_NONE)
    {
      mark->checked = mark->received;
      settle (mark);
    }
}

void
tide_watermark_tick (TideWatermark *mark, TideTime now)
{
  if (mark->newest == TIDE_TIME_NONE || mark->hold || now - mark->received <= TIDE_WATCH_IDLE)
    return;
  raise_to (mark, mark->newest + (now - mark->received) - TIDE_WATCH_IDLE);
}
