/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of a job, from its runs, and how it is said. */
#include "app-analyses-data.h"

#define NOW ((TideTime) 1795600000 * TIDE_SECOND)

static TideRun *
run_new (TideTime due, TideTime started, TideDuration took, TideRunStatus status)
{
  TideRun *run = g_new0 (TideRun, 1);

  run->due = due;
  run->started = started;
  run->ended = status == TIDE_RUN_RUNNING ? TIDE_TIME_NONE : started + took;
  run->status = status;
  return run;
}

/* Takes the runs, oldest first, as the store gives them. */
static TideJobHistory *
history_of (bool skips, TideRun *first, ...)
{
  GPtrArray *runs = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_run_free);
  va_list rest;

  va_start (rest, first);
  for (TideRun *run = first; run != NULL; run = va_arg (rest, TideRun *))
    g_ptr_array_insert (runs, 0, run);
  va_end (rest);
  return tide_job_history_new (runs, skips);
}

static TideRun *
missed_new (TideTime due, TideTime noticed)
{
  return run_new (due, noticed, 0, TIDE_RUN_MISSED);
}

static void
test_outcomes (void)
{
  const TideTime t = NOW - TIDE_DAY;
  g_autoptr (TideJobHistory) none = history_of (false, NULL);
  g_autoptr (TideJobHistory) good = history_of (false, run_new (t, t, TIDE_SECOND, TIDE_RUN_SUCCEEDED), NULL);
  g_autoptr (TideJobHistory) failed = history_of (false, run_new (t, t, TIDE_SECOND, TIDE_RUN_SUCCEEDED),
                                                  run_new (t + 1, t + 1, 3 * TIDE_SECOND, TIDE_RUN_FAILED), NULL);
  g_autoptr (TideJobHistory) cancelled = history_of (false, run_new (TIDE_TIME_NONE, t, 1, TIDE_RUN_CANCELLED), NULL);
  g_autoptr (TideJobHistory) running = history_of (false, run_new (t, t, TIDE_SECOND, TIDE_RUN_SUCCEEDED),
                                                   run_new (t + 1, t + 1, 0, TIDE_RUN_RUNNING), NULL);

  TideRun *cut_off = run_new (TIDE_TIME_NONE, t + 1, 0, TIDE_RUN_FAILED);
  g_autoptr (TideJobHistory) died = NULL;

  cut_off->ended = TIDE_TIME_NONE; /* as a store leaves it that was opened again */
  died = history_of (false, run_new (t, t, TIDE_SECOND, TIDE_RUN_SUCCEEDED), cut_off, NULL);
  g_assert_cmpint (died->outcome, ==, TIDE_OUTCOME_FAILED);
  g_assert_cmpint (died->last->ended, ==, t + 1);
  g_assert_cmpint (none->outcome, ==, TIDE_OUTCOME_WAITING);
  g_assert_cmpint (good->outcome, ==, TIDE_OUTCOME_SUCCEEDED);
  g_assert_cmpint (failed->outcome, ==, TIDE_OUTCOME_FAILED);
  g_assert_cmpint (failed->longest, ==, 3 * TIDE_SECOND);
  g_assert_cmpint (failed->good->started, ==, t);
  g_assert_cmpint (cancelled->outcome, ==, TIDE_OUTCOME_CANCELLED);
  g_assert_cmpint (running->last->started, ==, t);
}

static void
test_missed (void)
{
  const TideTime t = NOW - 2 * TIDE_DAY, woke = NOW - TIDE_DAY;
  g_autoptr (TideJobHistory) skipped = history_of (true, run_new (t, t, 1, TIDE_RUN_SUCCEEDED),
                                                   missed_new (t + TIDE_HOUR, woke), NULL);
  g_autoptr (TideJobHistory) caught_up
      = history_of (false, missed_new (t, woke), missed_new (t + TIDE_HOUR, woke),
                    run_new (woke, woke + TIDE_SECOND, 1, TIDE_RUN_SUCCEEDED), NULL);
  g_autoptr (TideJobHistory) later
      = history_of (false, missed_new (t, woke), run_new (woke, woke + TIDE_SECOND, 1, TIDE_RUN_SUCCEEDED),
                    run_new (NOW, NOW, 1, TIDE_RUN_SUCCEEDED), NULL);
  g_autoptr (TideJobHistory) late = history_of (false, run_new (t, woke, 1, TIDE_RUN_SUCCEEDED), NULL);

  /* Skipped: no run makes up for it, but the next one is as usual. */
  g_assert_cmpint (skipped->outcome, ==, TIDE_OUTCOME_MISSED);
  g_assert_cmpint (g_array_index (skipped->missed, TideMissedSlot, 0).caught_up, ==, TIDE_TIME_NONE);
  g_assert_cmpuint (caught_up->missed->len, ==, 2);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpint (g_array_index (caught_up->missed, TideMissedSlot, i).caught_up, ==, woke + TIDE_SECOND);
  g_assert_cmpint (caught_up->outcome, ==, TIDE_OUTCOME_CAUGHT_UP);
  g_assert_cmpint (later->outcome, ==, TIDE_OUTCOME_SUCCEEDED);
  /* One missed time that its own late run made up for. */
  g_assert_cmpuint (late->missed->len, ==, 1);
  g_assert_cmpint (late->outcome, ==, TIDE_OUTCOME_CAUGHT_UP);
}

static void
test_asleep (void)
{
  const TideTime t = NOW - 2 * TIDE_DAY, woke = NOW - TIDE_DAY;
  g_autoptr (TideAnalysesAnswer) answer = g_new0 (TideAnalysesAnswer, 1);
  g_autoptr (GArray) spans = NULL;

  g_atomic_ref_count_init (&answer->refs);
  answer->histories = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) tide_job_history_free);
  g_hash_table_insert (answer->histories, g_strdup ("a"),
                       history_of (false, missed_new (t, woke), run_new (woke, woke, 1, TIDE_RUN_SUCCEEDED), NULL));
  g_hash_table_insert (answer->histories, g_strdup ("b"), history_of (true, missed_new (t + TIDE_HOUR, woke), NULL));
  /* Missed, though others ran soon after: its worker was busy, the program was not away. */
  g_hash_table_insert (answer->histories, g_strdup ("c"), history_of (true, missed_new (woke - 1, NOW), NULL));
  spans = tide_analyses_get_asleep (answer);
  g_assert_cmpuint (spans->len, ==, 1);
  g_assert_cmpint (((TideTime *) (void *) spans->data)[0], ==, t);
  g_assert_cmpint (((TideTime *) (void *) spans->data)[1], ==, woke);
}

static void
test_words (void)
{
  static const char conf[] = "[workspace]\nversion=1\ntime-zone=Europe/Berlin\n"
                             "[analysis a]\nschedule=0 2 * * *\n[analysis b]\nschedule=0 5 * * SUN\nmissed=skip\n"
                             "[analysis c]\nschedule=every 30min\nretries=3\n[analysis d]\n";
  static const char *const expected[] = { "daily 02:00 · Europe/Berlin", "Sun 05:00 · missed: skip", "every 30 min",
                                          "by hand only" };
  g_autoptr (TideWorkspace) workspace = tide_workspace_parse (NULL, conf, tide_pipeline_catalog (), NULL);

  g_assert_cmpuint (workspace->analyses->len, ==, 4);
  for (guint i = 0; i < 4; i++)
    {
      const TideAnalysis *analysis = g_ptr_array_index (workspace->analyses, i);
      g_autofree char *schedule = analysis->schedule != NULL ? tide_schedule_describe (analysis->schedule) : NULL;
      TideJob job = { .kind = TIDE_JOB_ANALYSIS, .schedule = schedule, .retry_at = TIDE_TIME_NONE };
      g_autofree char *words = tide_job_words (&job, analysis, workspace), *retry = NULL;

      g_assert_cmpstr (words, ==, expected[i]);
      job.retry_at = NOW;
      job.attempt = 2;
      retry = tide_job_words (&job, analysis, workspace);
      if (i == 2)
        g_assert_cmpstr (retry, ==, "every 30 min · retry 2 of 3");
    }
}

static void
check_text (char *text, const char *expected)
{
  g_assert_cmpstr (text, ==, expected);
  g_free (text);
}

static void
test_times (void)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  const TideTime noon = (NOW / TIDE_DAY) * TIDE_DAY + 12 * TIDE_HOUR;
  TideJob job = { .running = true, .progress = 0.5, .events = 2100000, .started = noon - 5 * TIDE_SECOND };

  check_text (tide_until_words (TIDE_TIME_NONE, noon), "–");
  check_text (tide_until_words (noon, noon), "now");
  check_text (tide_near_words (noon - 5 * TIDE_HOUR, noon, utc), "07:00");
  check_text (tide_near_words (noon - TIDE_MINUTE, noon, utc), "11:59:00");
  check_text (tide_outcome_word (&job, TIDE_OUTCOME_RUNNING), "Running 50\u202f%");
  check_text (tide_progress_words (&job, noon), "2,100,000 events · 5.0\u202fs, about 5.0\u202fs left");
  job.progress = -1;
  check_text (tide_outcome_word (&job, TIDE_OUTCOME_RUNNING), "Running");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/analyses-data/outcomes", test_outcomes);
  g_test_add_func ("/app/analyses-data/missed", test_missed);
  g_test_add_func ("/app/analyses-data/asleep", test_asleep);
  g_test_add_func ("/app/analyses-data/words", test_words);
  g_test_add_func ("/app/analyses-data/times", test_times);
  return g_test_run ();
}
