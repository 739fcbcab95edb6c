/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs that were due while the program was down. */
#include "batch-private.h"

#define MISSED_MOST 1000

/* Missed runs, from the table of runs: those due since the last one that was recorded. */
static void
look_at_missed (TideScheduler *scheduler, TideReader *reader, const char *name, TideSchedule *schedule,
                TideMissed missed, TideTime now)
{
  g_autoptr (GPtrArray) runs = tide_store_get_runs (reader, name, TIDE_TIME_NONE, 1, NULL);
  const TideRun *last = runs != NULL && runs->len > 0 ? g_ptr_array_index (runs, 0) : NULL;
  TideTime due, latest = TIDE_TIME_NONE;
  guint n = 0;

  if (last == NULL)
    return;
  due = tide_schedule_next (schedule, MAX (last->started, last->due));
  while (due != TIDE_TIME_NONE && due <= now && n < MISSED_MOST)
    {
      if (missed == TIDE_MISSED_SKIP || (missed == TIDE_MISSED_ONCE && latest != TIDE_TIME_NONE))
        tide_run_record_missed (scheduler->writer, name, missed == TIDE_MISSED_SKIP ? due : latest, now, NULL);
      latest = due;
      n++;
      due = tide_schedule_next (schedule, due);
    }
  if (latest == TIDE_TIME_NONE || missed == TIDE_MISSED_SKIP)
    return;
  g_mutex_lock (&scheduler->lock);
  if (tide_scheduler_find_job (scheduler, name) != NULL)
    tide_scheduler_find_job (scheduler, name)->job.queued = true;
  g_mutex_unlock (&scheduler->lock);
}

void
tide_scheduler_look_back (TideScheduler *scheduler)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (scheduler->store, NULL);
  TideTime now = tide_clock_now (&scheduler->clock);

  if (reader == NULL || !tide_reader_begin (reader, 0, NULL, NULL))
    return;
  for (guint i = 0; i < scheduler->workspace->analyses->len; i++)
    {
      TideAnalysis *analysis = g_ptr_array_index (scheduler->workspace->analyses, i);

      if (analysis->enabled && analysis->schedule != NULL)
        look_at_missed (scheduler, reader, analysis->name, analysis->schedule, analysis->missed, now);
    }
  tide_reader_end (reader);
}
