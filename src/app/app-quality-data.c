/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adds counters by hour up to days of the workspace's time zone. A day is judged as a whole: a rule fails once more of
 * the day's events broke it than its limit tolerates, a stream is as bad as its worst rule. Over the chosen span each
 * part is judged by itself, so that a person sees when it was.
 * Limit: counters are by hour, so a part is an hour at least. */
#include "app-quality-data.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define PARTS_MAX 168

typedef struct
{
  TideTime days[TIDE_QUALITY_DAYS + 1]; /* where each begins, and the end of the last */
  TideTime from, now;
  TideDuration part;
  guint n_parts;
} Frame;

/* Of one rule over the parts of the span. */
typedef struct
{
  gint64 *broken, *looked;
} Parts;

typedef struct
{
  const Frame *frame;
  TideQualityStream *stream;
  GHashTable *by_id;  /* id → TideQualityRule */
  GHashTable *parts;  /* TideQualityRule → Parts */
  gint64 *events;     /* of each part */
} Sum;

/* --- the answer --- */

static void
rule_free (void *data)
{
  TideQualityRule *rule = data;

  g_free (rule->id);
  g_free (rule->text);
  g_free (rule);
}

static void
stream_free (void *data)
{
  TideQualityStream *stream = data;

  g_free (stream->name);
  g_ptr_array_unref (stream->rules);
  g_free (stream->states);
  g_free (stream);
}

TideQualityAnswer *
tide_quality_answer_ref (TideQualityAnswer *answer)
{
  g_atomic_ref_count_inc (&answer->refs);
  return answer;
}

void
tide_quality_answer_unref (TideQualityAnswer *answer)
{
  if (answer == NULL || !g_atomic_ref_count_dec (&answer->refs))
    return;
  tide_workspace_unref (answer->workspace);
  g_ptr_array_unref (answer->streams);
  g_free (answer);
}

const TideQualityStream *
tide_quality_answer_find (const TideQualityAnswer *answer, const char *stream)
{
  for (guint i = 0; answer != NULL && stream != NULL && i < answer->streams->len; i++)
    {
      const TideQualityStream *each = g_ptr_array_index (answer->streams, i);

      if (strcmp (each->name, stream) == 0)
        return each;
    }
  return NULL;
}

const char *
tide_quality_state_word (TideQualityState state)
{
  static const char *const words[] = {
    [TIDE_QUALITY_OFF] = N_ ("No data"), [TIDE_QUALITY_HOLDS] = N_ ("Holds"),
    [TIDE_QUALITY_WARNING] = N_ ("Warning"), [TIDE_QUALITY_FAILING] = N_ ("Failing"),
  };

  return _ (words[state]);
}

/* --- times --- */

static Frame
make_frame (GTimeZone *zone, TideDuration span, TideTime now)
{
  Frame frame = { .now = now };
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (now / TIDE_SECOND);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, zone);

  for (int i = 0; i <= TIDE_QUALITY_DAYS; i++)
    {
      g_autoptr (GDateTime) day = g_date_time_add_days (local, i + 1 - TIDE_QUALITY_DAYS);
      g_autoptr (GDateTime) midnight = g_date_time_new (zone, g_date_time_get_year (day), g_date_time_get_month (day),
                                                        g_date_time_get_day_of_month (day), 0, 0, 0);

      frame.days[i] = g_date_time_to_unix (midnight) * TIDE_SECOND;
    }
  frame.part = MAX (TIDE_HOUR, span / PARTS_MAX - span / PARTS_MAX % TIDE_HOUR);
  frame.n_parts = (guint) (span / frame.part);
  frame.from = now - now % TIDE_HOUR + TIDE_HOUR - frame.n_parts * frame.part;
  return frame;
}

static int
day_of (const Frame *frame, TideTime time)
{
  for (int i = TIDE_QUALITY_DAYS - 1; i >= 0; i--)
    if (time >= frame->days[i])
      return time < frame->days[i + 1] ? i : -1;
  return -1;
}

/* --- adding up --- */

static void
parts_free (void *data)
{
  Parts *parts = data;

  g_free (parts->broken);
  g_free (parts->looked);
  g_free (parts);
}

static TideQualityRule *
add_rule (Sum *sum, char *id, char *text)
{
  TideQualityRule *rule = g_new0 (TideQualityRule, 1);
  Parts *parts = g_new0 (Parts, 1);

  rule->id = id;
  rule->text = text;
  tide_rule_terms_init (&rule->terms);
  parts->broken = g_new0 (gint64, sum->frame->n_parts);
  parts->looked = g_new0 (gint64, sum->frame->n_parts);
  g_ptr_array_add (sum->stream->rules, rule);
  g_hash_table_insert (sum->by_id, rule->id, rule);
  g_hash_table_insert (sum->parts, rule, parts);
  return rule;
}

static void
add_rules (Sum *sum, const TideStream *stream)
{
  g_autoptr (GPtrArray) list = tide_stream_list_rules (stream, true);

  for (guint i = 0; i < list->len; i++)
    {
      TideRuleInfo *info = g_ptr_array_index (list, i);
      const TideRuleSpec *spec = tide_rule_get_spec (info->rule);
      TideQualityRule *rule = add_rule (sum, g_strdup_printf ("%s.%s", info->field >= 0 ? stream->fields[info->field]->name : "", spec->name),
                                        g_steal_pointer (&info->text));

      rule->terms = info->terms;
      rule->is_implied = spec->subject == TIDE_RULE_OF_EVENT || (info->rule == TIDE_RULE_TYPE && !info->terms.warn && info->terms.count < 0);
      rule->is_of_stream = spec->subject == TIDE_RULE_OF_STREAM;
    }
}

static TideQualityRule *
find_rule (Sum *sum, const TideQualityHour *hour)
{
  g_autofree char *id = g_strdup_printf ("%s.%s", hour->field, hour->rule);
  TideQualityRule *rule = g_hash_table_lookup (sum->by_id, id);
  TideRepairKind repair;

  if (rule != NULL || !tide_repair_parse (hour->rule, &repair) || hour->repaired == 0)
    return rule;
  rule = add_rule (sum, g_strdup (id), g_strdup_printf ("%s %s", hour->field, hour->rule));
  rule->is_repair = true;
  return rule;
}

static void
add_hour (Sum *sum, const TideQualityHour *hour)
{
  const Frame *frame = sum->frame;
  int day = day_of (frame, hour->hour), rule_day = day - (TIDE_QUALITY_DAYS - TIDE_QUALITY_RULE_DAYS);
  gint64 part = hour->hour >= frame->from ? (hour->hour - frame->from) / frame->part : -1;
  gint64 broken = hour->failed + hour->warned;
  TideQualityRule *rule;

  if (*hour->rule == '\0')
    {
      if (day >= 0)
        {
          sum->stream->events[day] += hour->events;
          sum->stream->bad[day] += broken;
        }
      if (day == TIDE_QUALITY_DAYS - 1)
        sum->stream->failed += hour->failed;
      if (part >= 0 && part < frame->n_parts)
        sum->events[part] += hour->events;
      return;
    }
  rule = find_rule (sum, hour);
  if (rule == NULL) /* of a definition that is gone */
    return;
  if (rule_day >= 0)
    rule->days[rule_day] += rule->is_repair ? hour->repaired : broken;
  if (day == TIDE_QUALITY_DAYS - 1)
    rule->events += hour->events;
  if (part >= 0 && part < frame->n_parts)
    {
      Parts *parts = g_hash_table_lookup (sum->parts, rule);

      parts->broken[part] += broken;
      parts->looked[part] += hour->events;
    }
}

/* --- judging --- */

static TideQualityState
judge (const TideQualityRule *rule, gint64 broken, gint64 events)
{
  if (rule->is_repair || !tide_rule_terms_fail (&rule->terms, broken, events))
    return TIDE_QUALITY_HOLDS;
  return rule->terms.warn ? TIDE_QUALITY_WARNING : TIDE_QUALITY_FAILING;
}

static double
get_score (const TideQualityStream *stream, int from, int to)
{
  gint64 events = 0, bad = 0;

  for (int i = from; i < to; i++)
    {
      events += stream->events[i];
      bad += stream->bad[i];
    }
  return events > 0 ? 1 - (double) bad / (double) events : NAN;
}

static void
judge_part (Sum *sum, guint part)
{
  TideQualityState worst = sum->events[part] > 0 ? TIDE_QUALITY_HOLDS : TIDE_QUALITY_OFF;

  for (guint i = 0; i < sum->stream->rules->len; i++)
    {
      const TideQualityRule *rule = g_ptr_array_index (sum->stream->rules, i);
      const Parts *parts = g_hash_table_lookup (sum->parts, rule);
      TideQualityState state = judge (rule, parts->broken[part], rule->is_of_stream ? parts->looked[part] : sum->events[part]);

      if (state > TIDE_QUALITY_HOLDS && state > worst)
        worst = state;
    }
  sum->stream->states[part] = (guint8) worst;
}

/* Rules that nobody wrote are shown once something broke them. */
static void
drop_implied (TideQualityStream *stream)
{
  for (guint i = stream->rules->len; i > 0; i--)
    {
      const TideQualityRule *rule = g_ptr_array_index (stream->rules, i - 1);
      bool was_broken = !rule->is_implied;

      for (guint day = 0; day < TIDE_QUALITY_RULE_DAYS; day++)
        was_broken |= rule->days[day] > 0;
      if (!was_broken)
        g_ptr_array_remove_index (stream->rules, i - 1);
    }
}

static void
judge_stream (Sum *sum)
{
  TideQualityStream *stream = sum->stream;
  gint64 today = stream->events[TIDE_QUALITY_DAYS - 1];

  stream->state = today > 0 ? TIDE_QUALITY_HOLDS : TIDE_QUALITY_OFF;
  drop_implied (stream);
  for (guint i = 0; i < stream->rules->len; i++)
    {
      TideQualityRule *rule = g_ptr_array_index (stream->rules, i);

      if (!rule->is_of_stream)
        rule->events = today;
      rule->state = judge (rule, rule->days[TIDE_QUALITY_RULE_DAYS - 1], rule->events);
      if (rule->events == 0 && rule->state == TIDE_QUALITY_HOLDS)
        rule->state = TIDE_QUALITY_OFF;
      stream->n_rules += !rule->is_repair;
      stream->n_failing += rule->state > TIDE_QUALITY_HOLDS;
      if (rule->state > TIDE_QUALITY_HOLDS && rule->state > stream->state)
        stream->state = rule->state;
    }
  stream->today = get_score (stream, TIDE_QUALITY_DAYS - 1, TIDE_QUALITY_DAYS);
  stream->before = get_score (stream, TIDE_QUALITY_DAYS - 8, TIDE_QUALITY_DAYS - 1);
  stream->n_states = sum->frame->n_parts;
  stream->states = g_new0 (guint8, stream->n_states);
  for (guint i = 0; i < stream->n_states; i++)
    judge_part (sum, i);
}

static int
compare_rules (const void *a, const void *b)
{
  const TideQualityRule *left = *(TideQualityRule *const *) a, *right = *(TideQualityRule *const *) b;

  if (left->is_repair != right->is_repair)
    return (int) left->is_repair - (int) right->is_repair;
  return (int) right->state - (int) left->state;
}

static TideQualityStream *
summarise_stream (const Frame *frame, const TideStream *definition, const GPtrArray *hours)
{
  TideQualityStream *stream = g_new0 (TideQualityStream, 1);
  g_autoptr (GHashTable) by_id = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) parts = g_hash_table_new_full (NULL, NULL, NULL, parts_free);
  g_autofree gint64 *events = g_new0 (gint64, frame->n_parts);
  Sum sum = { .frame = frame, .stream = stream, .by_id = by_id, .parts = parts, .events = events };

  stream->name = g_strdup (definition->name);
  stream->rules = g_ptr_array_new_with_free_func (rule_free);
  add_rules (&sum, definition);
  for (guint i = 0; i < hours->len; i++)
    {
      const TideQualityHour *hour = g_ptr_array_index (hours, i);

      if (strcmp (hour->stream, stream->name) == 0)
        add_hour (&sum, hour);
    }
  judge_stream (&sum);
  g_ptr_array_sort (stream->rules, compare_rules);
  return stream;
}

TideQualityAnswer *
tide_quality_summarise (TideWorkspace *workspace, const GPtrArray *hours, GTimeZone *zone, TideDuration span, TideTime now)
{
  TideQualityAnswer *answer = g_new0 (TideQualityAnswer, 1);
  Frame frame = make_frame (zone, span, now);

  g_atomic_ref_count_init (&answer->refs);
  answer->workspace = tide_workspace_ref (workspace);
  answer->streams = g_ptr_array_new_with_free_func (stream_free);
  answer->from = frame.from;
  answer->to = frame.from + frame.n_parts * frame.part;
  for (guint i = 0; i < workspace->streams->len; i++)
    g_ptr_array_add (answer->streams, summarise_stream (&frame, g_ptr_array_index (workspace->streams, i), hours));
  return answer;
}

/* --- on the worker --- */

static bool
count_quarantine (TideReader *reader, TideQualityStream *stream, GError **error)
{
  static const char *const states[] = { "new", "replayed", "discarded" };
  gint64 *const counts[] = { &stream->waiting, &stream->replayed, &stream->discarded };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    {
      TideQuarantineFilter filter = { .stream = stream->name, .state = states[i], .from = TIDE_TIME_NONE, .to = TIDE_TIME_NONE };

      *counts[i] = tide_store_count_quarantine (reader, &filter, error);
      if (*counts[i] < 0)
        return false;
    }
  return true;
}

/* Thread: worker. */
static void *
answer_quality (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const TideDuration *span = data;
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);
  g_autoptr (TideReader) reader = tide_store_acquire_reader (tide_pipeline_get_store (pipeline), error);
  g_autoptr (TideQualityAnswer) answer = NULL;
  g_autoptr (GPtrArray) hours = NULL;
  TideTime now = g_get_real_time ();
  bool ok = true;

  if (reader == NULL || !tide_reader_begin (reader, 0, cancellable, error))
    return NULL;
  hours = tide_store_get_quality (reader, NULL, now - (TIDE_QUALITY_DAYS + 2) * TIDE_DAY, now + TIDE_DAY, error);
  if (hours != NULL)
    answer = tide_quality_summarise (workspace, hours, workspace->zone, *span, now);
  for (guint i = 0; ok && answer != NULL && i < answer->streams->len; i++)
    ok = count_quarantine (reader, g_ptr_array_index (answer->streams, i), error);
  tide_reader_end (reader);
  return ok ? g_steal_pointer (&answer) : NULL;
}

void
tide_quality_ask_async (TidePipeline *pipeline, TideDuration span, GCancellable *cancellable, GAsyncReadyCallback callback,
                        void *data)
{
  tide_pipeline_run_async (pipeline, answer_quality, g_memdup2 (&span, sizeof span), g_free,
                           (GDestroyNotify) tide_quality_answer_unref, cancellable, callback, data);
}
