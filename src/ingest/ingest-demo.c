/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The demo's source: makes the events of one part of a food delivery company, see ingest-demo-world.c. Everything
 * after it is the real path: its events are JSON bytes with partition and offset.
 * Event i goes to partition i mod n at offset i / n and is a pure function of the seed and i, so any position can be
 * gone on from. The token of a position says from which moment and index the present rate counts; a change of rate
 * or seed starts such a stretch where the last one ended.
 * With speed 1 what lies before now is made at once and the rest as it comes; with another speed simulated time runs
 * that much faster from where it is, until it has reached the clock: an event is never in the future. */
#include "ingest-demo-world.h"
#include "ingest-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HISTORY_DEFAULT (2 * TIDE_HOUR)
#define CHUNK_EVENTS 256
#define CATCHING_UP_AFTER (5 * TIDE_SECOND)
#define WAIT_MIN_US (15 * 1000)
#define WAIT_MAX_US (200 * 1000)
#define PARTITIONS_MAX 8

typedef struct
{
  guint64 seed;
  TideDemoPart part;
  double rate, speed;
  TideTime begin; /* TIDE_TIME_NONE: not said */
} Settings;

typedef struct
{
  TideSourceRun *run;
  Settings settings;
  TideDemoRhythm rhythm;
  guint n_partitions;
  int64_t next; /* index */
  int64_t committed[PARTITIONS_MAX]; /* next offsets at the start */
  /* Where simulated time was at which monotonic time. */
  TideTime anchor_time;
  int64_t anchor_us;
} Demo;

static bool
check_positive (const char *key, const char *value, GError **error)
{
  char *end;
  double number = g_ascii_strtod (value, &end);
  if (*value != '\0' && *end == '\0' && isfinite (number) && number > 0 && number <= 1e7)
    return true;
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "%s must be a number above 0, at most 10000000", key);
  return false;
}

static const TideKeySpec keys[] = {
  { .name = "part", .type = TIDE_KEY_CHOICE, .required = true, .choices = tide_demo_part_names, .title = "Part",
    .help = "which events: orders, payments, positions, deliveries or sensors" },
  { .name = "seed", .type = TIDE_KEY_INT, .fallback = "1", .title = "Seed",
    .help = "the same seed makes the same events" },
  { .name = "rate", .type = TIDE_KEY_REAL, .title = "Events per second", .check = check_positive,
    .help = "events per second, averaged over a week" },
  { .name = "speed", .type = TIDE_KEY_REAL, .fallback = "1", .title = "Speed", .check = check_positive,
    .help = "seconds of simulated time per second; 1 makes the past at once" },
  { .name = "begin", .type = TIDE_KEY_TIME, .title = "Begin",
    .help = "time of the first event, of payments and deliveries that of its order; two hours before the first start when missing" },
};

static bool
read_settings (const TideSourceDef *def, Settings *ret_settings, GError **error)
{
  const char *part = g_hash_table_lookup (def->keys, "part"), *seed = g_hash_table_lookup (def->keys, "seed");
  const char *rate = g_hash_table_lookup (def->keys, "rate"), *speed = g_hash_table_lookup (def->keys, "speed");
  const char *begin = g_hash_table_lookup (def->keys, "begin");
  Settings settings = { .begin = TIDE_TIME_NONE, .part = TIDE_DEMO_N_PARTS };
  for (guint i = 0; part != NULL && i < TIDE_DEMO_N_PARTS; i++)
    if (g_str_equal (part, tide_demo_part_names[i]))
      settings.part = i;
  if (settings.part == TIDE_DEMO_N_PARTS)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                   "part must be one of orders, payments, positions, deliveries, sensors");
      return false;
    }
  settings.seed = seed != NULL ? (guint64) g_ascii_strtoll (seed, NULL, 10) : 1;
  settings.rate = rate != NULL ? g_ascii_strtod (rate, NULL) : tide_demo_part_default_rate (settings.part);
  settings.speed = speed != NULL ? g_ascii_strtod (speed, NULL) : 1;
  if ((rate != NULL && !check_positive ("rate", rate, error))
      || (speed != NULL && !check_positive ("speed", speed, error)))
    return false;
  if (begin != NULL && *begin != '\0' && !tide_time_parse (begin, strlen (begin), NULL, &settings.begin))
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "begin must be a time such as 2026-11-01T00:00:00Z");
      return false;
    }
  *ret_settings = settings;
  return true;
}

/* --- where to go on --- */

static char *
make_token (const Demo *demo)
{
  char rate[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_dtostr (rate, sizeof rate, demo->settings.rate);
  return g_strdup_printf ("1 %" G_GUINT64_FORMAT " %s %s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT, demo->settings.seed,
                          tide_demo_part_names[demo->settings.part], rate, demo->rhythm.start, demo->rhythm.first);
}

/* The stretch that a token tells of. FALSE: of another part, or not one of ours. */
static bool
read_token (const Demo *demo, const char *token, guint64 *ret_seed, TideDemoRhythm *ret_rhythm)
{
  g_auto (GStrv) words = g_strsplit (token != NULL ? token : "", " ", -1);
  if (g_strv_length (words) != 6 || !g_str_equal (words[0], "1")
      || !g_str_equal (words[2], tide_demo_part_names[demo->settings.part]))
    return false;
  double rate = g_ascii_strtod (words[3], NULL);
  if (!(rate > 0))
    return false;
  *ret_seed = g_ascii_strtoull (words[1], NULL, 10);
  tide_demo_rhythm_init (ret_rhythm, demo->settings.part, rate, g_ascii_strtoll (words[4], NULL, 10),
                         g_ascii_strtoll (words[5], NULL, 10));
  return true;
}

static void
begin_anew (Demo *demo, TideTime now)
{
  TideTime start = demo->settings.begin;
  if (start == TIDE_TIME_NONE)
    start = now - HISTORY_DEFAULT - (now - HISTORY_DEFAULT) % TIDE_HOUR;
  tide_demo_rhythm_init (&demo->rhythm, demo->settings.part, demo->settings.rate, start, demo->next);
}

static void
go_on (Demo *demo, const char *token, TideTime now)
{
  TideDemoRhythm old;
  guint64 seed;
  if (!read_token (demo, token, &seed, &old))
    {
      begin_anew (demo, now);
      return;
    }
  TideTime reached = tide_demo_rhythm_time (&old, demo->next);
  bool later = demo->settings.begin != TIDE_TIME_NONE && demo->settings.begin > reached;
  if (later)
    begin_anew (demo, now);
  else if (old.rate < demo->settings.rate || old.rate > demo->settings.rate || seed != demo->settings.seed)
    tide_demo_rhythm_init (&demo->rhythm, demo->settings.part, demo->settings.rate, reached, demo->next);
  else
    demo->rhythm = old;
}

/* The index after which everything is still to be made: partitions are committed together, but any vector will do. */
static bool
resume (Demo *demo, GError **error)
{
  g_autoptr (GArray) positions = tide_source_run_get_positions (demo->run, error);
  const char *token = NULL;
  if (positions == NULL)
    return false;
  for (guint i = 0; i < positions->len; i++)
    {
      const TidePosition *position = &g_array_index (positions, TidePosition, i);
      if (position->partition < 0 || (guint) position->partition >= demo->n_partitions)
        continue;
      demo->committed[position->partition] = position->offset;
      token = position->token != NULL ? position->token : token;
    }
  int64_t n = demo->n_partitions;
  demo->next = INT64_MAX;
  for (int64_t p = 0; p < n; p++)
    demo->next = MIN (demo->next, demo->committed[p] * n + p);
  go_on (demo, token, tide_clock_now (tide_source_run_get_clock (demo->run)));
  g_autofree char *new_token = make_token (demo);
  for (int32_t p = 0; p < (int32_t) n; p++)
    tide_source_run_position (demo->run, p, demo->committed[p], new_token);
  return true;
}

/* --- making events --- */

static TideTime
simulated_now (const Demo *demo)
{
  TideTime now = tide_clock_now (tide_source_run_get_clock (demo->run));
  if (demo->settings.speed >= 1 && demo->settings.speed <= 1)
    return now;
  double elapsed = (double) (g_get_monotonic_time () - demo->anchor_us) * demo->settings.speed;
  double limit = (double) (now - demo->anchor_time);
  return elapsed >= limit ? now : demo->anchor_time + (TideTime) elapsed;
}

static bool
make_event (Demo *demo, TideTime sent, TideTime received, GError **error)
{
  char buffer[TIDE_DEMO_EVENT_MAX];
  int64_t n = demo->n_partitions, offset = demo->next / n;
  int32_t partition = (int32_t) (demo->next % n);
  int64_t index = demo->next++;
  if (offset < demo->committed[partition])
    return true;
  gsize len = tide_demo_event (demo->settings.seed, demo->settings.part, index, sent, buffer);
  TideEventMeta meta = { .partition = partition, .offset = offset, .time = TIDE_TIME_NONE, .received = received };
  return tide_source_run_event (demo->run, buffer, len, &meta, offset + 1, error);
}

/* Makes what is due, a chunk at most. */
static bool
make_chunk (Demo *demo, TideTime until, TideDuration delay, GError **error)
{
  TideTime received = tide_clock_now (tide_source_run_get_clock (demo->run));
  for (guint i = 0; i < CHUNK_EVENTS; i++)
    {
      TideTime sent = tide_demo_rhythm_time (&demo->rhythm, demo->next);
      if (sent > until)
        break;
      if (!make_event (demo, sent + delay, received, error))
        return false;
    }
  return true;
}

static void
tell (Demo *demo, TideTime until, TideTime next_time)
{
  TideDuration lag = MAX (until - next_time, 0);
  gint64 events = lag == 0 ? 0 : tide_demo_rhythm_index (&demo->rhythm, until) - demo->next;
  tide_source_run_set_lag (demo->run, events, lag);
  tide_source_run_set_state (demo->run, lag > CATCHING_UP_AFTER ? TIDE_SOURCE_CATCHING_UP : TIDE_SOURCE_STREAMING,
                             NULL);
}

static bool
demo_run (TideSourceRun *run, GError **error)
{
  Demo demo = { .run = run };
  if (!read_settings (tide_source_run_get_def (run), &demo.settings, error))
    return false;
  demo.n_partitions = tide_demo_part_partitions (demo.settings.part);
  g_assert (demo.n_partitions <= PARTITIONS_MAX);
  if (!resume (&demo, error))
    return false;
  TideDuration delay = tide_demo_part_delay (demo.settings.part);
  demo.anchor_time = tide_demo_rhythm_time (&demo.rhythm, demo.next) + delay;
  demo.anchor_us = g_get_monotonic_time ();
  tide_source_run_set_partitions (run, demo.n_partitions);
  while (!tide_source_run_is_stopped (run))
    {
      TideTime until = simulated_now (&demo) - delay;
      if (!make_chunk (&demo, until, delay, error))
        return false;
      TideTime next_time = tide_demo_rhythm_time (&demo.rhythm, demo.next);
      tell (&demo, until, next_time);
      if (next_time <= until)
        {
          if (!tide_source_run_tick (run, false, error))
            return false;
          continue;
        }
      if (!tide_source_run_tick (run, true, error))
        return false;
      double pause_us = (double) (next_time - until) / MAX (demo.settings.speed, 1e-6);
      pause_us = CLAMP (pause_us, WAIT_MIN_US, WAIT_MAX_US);
      tide_source_run_wait (run, g_get_monotonic_time () + (int64_t) pause_us);
    }
  return true;
}

/* --- Test connection --- */

static void
demo_probe (const TideProbe *probe)
{
  Settings settings;
  g_autoptr (GError) error = NULL;
  TideProbeStep *step = g_new0 (TideProbeStep, 1);
  step->took = -1;
  if (!read_settings (probe->def, &settings, &error))
    {
      step->state = TIDE_STEP_FAILED;
      step->title = g_strdup ("The settings can't be used");
      step->detail = g_strdup (error->message);
      probe->step (step, probe->data);
      return;
    }
  step->title = g_strdup_printf ("The demo makes %s", tide_demo_part_names[settings.part]);
  step->detail = g_strdup_printf ("%g events/s on average", settings.rate);
  probe->step (step, probe->data);

  TideTime now = tide_clock_now (&tide_clock_system);
  TideDemoRhythm rhythm;
  tide_demo_rhythm_init (&rhythm, settings.part, settings.rate, now - TIDE_DAY, 0);
  for (guint i = 0; i < probe->max_samples; i++)
    {
      char buffer[TIDE_DEMO_EVENT_MAX];
      TideTime sent = MIN (tide_demo_rhythm_time (&rhythm, i), now);
      gsize len = tide_demo_event (settings.seed, settings.part, i, sent, buffer);
      g_autoptr (GBytes) payload = g_bytes_new (buffer, len);
      TideEventMeta meta = { .offset = i, .time = TIDE_TIME_NONE, .received = now };
      probe->sample (payload, &meta, probe->data);
    }
}

const TideSourceClass tide_source_demo = {
  .spec = {
    .kind = "demo",
    .title = "Demo: food delivery",
    .keys = keys,
    .n_keys = G_N_ELEMENTS (keys),
    .exactly_once = true,
  },
  .run = demo_run,
  .probe = demo_probe,
};
