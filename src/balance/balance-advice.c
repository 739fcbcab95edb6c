/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The advisor: for each metric the cheapest refresh interval whose error and age meet what the metric asks for. Errors
 * are what tide_staleness_run() measured, costs what the use model makes of the meters; nothing is assumed of a
 * metric's kind. An interval that was seen too rarely is judged by the next longer one that was seen enough, since
 * answers do not get better with age. */
#include "balance-advice.h"

#include <math.h>
#include <string.h>

#define TOLERANCE_DEFAULT 0.05
/* Costs closer than this are the same; the slower interval is advised. */
#define SAME_COST 0.01

static void
advice_free (void *data)
{
  TideAdvice *advice = data;

  g_free (advice->name);
  g_free (advice->title);
  g_free (advice->definition);
  g_free (advice->stream);
  g_free (advice->forced_by);
  g_free (advice->why);
  g_free (advice);
}

static void
stream_advice_free (void *data)
{
  TideStreamAdvice *advice = data;

  g_free (advice->name);
  g_free (advice->forced_by);
  g_free (advice->forced_by_advised);
  g_free (advice);
}

void
tide_advices_free (TideAdvices *advices)
{
  if (advices == NULL)
    return;
  g_ptr_array_unref (advices->metrics);
  g_ptr_array_unref (advices->streams);
  g_free (advices->currency);
  g_free (advices);
}

const TideAdvice *
tide_advices_find (const TideAdvices *advices, const char *metric)
{
  for (guint i = 0; i < advices->metrics->len; i++)
    if (strcmp (((TideAdvice *) g_ptr_array_index (advices->metrics, i))->name, metric) == 0)
      return g_ptr_array_index (advices->metrics, i);
  return NULL;
}

/* --- reading --- */

static void
fill_errors (TideAdvicePoint *points, GPtrArray *found)
{
  double bound = NAN;

  for (guint i = TIDE_N_INTERVALS; i-- > 0;)
    {
      TideAdvicePoint *point = &points[i];

      point->every = tide_intervals[i];
      point->error = point->mean_error = NAN;
      for (guint k = 0; k < found->len; k++)
        {
          const TideStalenessBucket *bucket = g_ptr_array_index (found, k);

          if (bucket->every != point->every || bucket->sketch.count == 0)
            continue;
          point->windows = bucket->windows;
          point->error = tide_quantiles_get (&bucket->sketch, 0.95);
          point->mean_error = bucket->sum / (double) bucket->sketch.count;
        }
      /* Half a window is lost at either end of a stretch. */
      point->measured = point->windows >= TIDE_STALENESS_MIN_WINDOWS - 1 && !isnan (point->error);
      if (point->measured)
        bound = point->error;
      else
        {
          point->error = bound;
          point->mean_error = NAN;
        }
    }
}

static TideDuration
age_of (TideDuration every, const TideStreamUse *stream)
{
  return MAX (every, TIDE_SECOND) + tide_stream_run_at (stream, every) + stream->lateness;
}

typedef struct
{
  TideReader *reader;
  const TideWorkspace *workspace;
  const TidePriceBook *book;
  const TideUseModel *model;
  TideTime now;
} Advisor;

static double
own_cost (const Advisor *advisor, const TideMetric *metric, const TideStreamUse *stream, TideDuration every)
{
  return tide_metric_cost (tide_use_model_get_metric (advisor->model, metric->name), stream, advisor->book, every);
}

static double
cost_at (const Advisor *advisor, const TideMetric *metric, const TideStreamUse *stream, TideDuration every)
{
  return tide_stream_cost (stream, advisor->workspace, advisor->book, every)
         + own_cost (advisor, metric, stream, every);
}

/* Where a metric stands today: one of the points, or between two and no worse than the slower. */
static void
fill_now (const Advisor *advisor, const TideMetric *metric, const TideStreamUse *stream, TideAdvice *advice)
{
  guint at = 0;

  while (at + 1 < TIDE_N_INTERVALS && tide_intervals[at] < advice->every)
    at++;
  advice->now = advice->points[at];
  advice->now.every = advice->every;
  advice->now.age = age_of (advice->every, stream);
  advice->now.usd_per_h = cost_at (advisor, metric, stream, advice->every);
  if (tide_intervals[at] <= advice->every)
    return;
  advice->now.measured = false;
  memmove (&advice->points[at + 1], &advice->points[at], (TIDE_N_INTERVALS - at) * sizeof advice->points[0]);
  advice->points[at] = advice->now;
  advice->n_points++;
}

static bool
read_marks (const Advisor *advisor, const TideMetric *metric, TideAdvice *advice, GError **error)
{
  GError *failed = NULL;
  g_autoptr (TideStalenessMark) mark = tide_store_get_staleness_mark (advisor->reader, metric->name, metric->version, 0,
                                                                      &failed);

  advice->noise = mark != NULL ? mark->noise : NAN;
  if (failed != NULL)
    g_propagate_error (error, failed);
  return failed == NULL;
}

/* From an event to the alert that it fires: its pane is whole, has waited for late events, and the condition has held.
 * A number that is older would be told by its alert. */
static TideDuration
alert_age (const TideWorkspace *workspace, const TideMetric *metric)
{
  TideDuration least = 0;

  for (guint i = 0; i < workspace->alerts->len; i++)
    {
      const TideAlert *alert = g_ptr_array_index (workspace->alerts, i);
      TideDuration takes = tide_period_length (metric->every) + alert->delay + alert->hold;

      if (alert->enabled && alert->metric != NULL && strcmp (alert->metric->name, metric->name) == 0)
        least = least == 0 ? takes : MIN (least, takes);
    }
  return least;
}

static TideAdvice *
advise (const Advisor *advisor, const TideMetric *metric, GError **error)
{
  const TideStreamUse *stream = tide_use_model_get_stream (advisor->model, metric->stream->name);
  g_autoptr (GPtrArray) found = tide_store_get_staleness (advisor->reader, metric->name, metric->version, 0, error);
  TideAdvice *advice;

  if (found == NULL)
    return NULL;
  advice = g_new0 (TideAdvice, 1);
  advice->name = g_strdup (metric->name);
  advice->title = g_strdup (metric->title);
  advice->definition = g_strdup (metric->definition);
  advice->stream = g_strdup (metric->stream->name);
  advice->tier = metric->tier;
  advice->every = tide_metric_get_interval (metric, advisor->workspace, advisor->now);
  advice->objective = metric->freshness;
  advice->alert_age = alert_age (advisor->workspace, metric);
  advice->tolerance_is_default = isnan (metric->tolerance);
  advice->tolerance = advice->tolerance_is_default ? TOLERANCE_DEFAULT : metric->tolerance;
  advice->decision = metric->decision;
  advice->counter = metric->aggregate->additive;
  advice->n_points = TIDE_N_INTERVALS;
  fill_errors (advice->points, found);
  for (guint i = 0; i < TIDE_N_INTERVALS; i++)
    {
      advice->points[i].age = age_of (advice->points[i].every, stream);
      advice->points[i].usd_per_h = cost_at (advisor, metric, stream, advice->points[i].every);
    }
  fill_now (advisor, metric, stream, advice);
  if (!read_marks (advisor, metric, advice, error))
    {
      advice_free (advice);
      return NULL;
    }
  tide_advice_judge (advice);
  return advice;
}

/* --- judging --- */

char *
tide_interval_to_string (TideDuration every)
{
  g_autofree char *text = tide_duration_to_string (every);

  if (every <= TIDE_SECOND)
    return g_strdup ("real-time");
  return g_strdup_printf ("every %s", text);
}

char *
tide_interval_to_tier (TideDuration every)
{
  g_autofree char *text = tide_interval_to_string (every);

  return every < TIDE_HOUR ? g_steal_pointer (&text) : g_strconcat ("batch ", text, NULL);
}

char *
tide_share_to_string (double share)
{
  int decimals = share > 0 ? CLAMP (1 - (int) floor (log10 (share * 100)), 0, 9) : 0;
  char text[G_ASCII_DTOSTR_BUF_SIZE], format[8];

  g_snprintf (format, sizeof format, "%%.%df", decimals);
  return g_strconcat (g_ascii_formatd (text, sizeof text, format, share * 100), " %", NULL);
}

static bool
meets (const TideAdvice *advice, const TideAdvicePoint *point)
{
  return point->error <= advice->tolerance && (advice->objective == 0 || point->age <= advice->objective)
         && (advice->alert_age == 0 || point->age <= advice->alert_age);
}

/* How many times dearer, for people: "a third", "a thirteenth". */
static char *
describe_share (double share)
{
  static const char *const words[] = { "half", "a third", "a quarter", "a fifth", "a sixth", "a seventh", "an eighth",
                                       "a ninth", "a tenth" };
  int n = (int) rint (1 / share);

  if (share > 0.9)
    return g_strdup ("about the same cost");
  if (share > 0.62)
    return g_strdup_printf ("%.0f %% of the cost", share * 100);
  if (n <= 10)
    return g_strdup_printf ("%s of the cost", words[n - 2]);
  return g_strdup_printf ("1/%d of the cost", n);
}

static char *
explain_unknown (const TideAdvice *advice)
{
  double most = 0;

  for (guint i = 0; i < advice->n_points; i++)
    most = MAX (most, advice->points[i].windows);
  if (most <= 0)
    return g_strdup ("Its history is too short to be measured yet, so it stays as it is.");
  return g_strdup_printf ("Too little was seen yet: %.0f refreshes of the %d that it takes, so it stays as it is.", most,
                          TIDE_STALENESS_MIN_WINDOWS);
}

/* What stands in the way of the next slower interval. */
static char *
explain_limit (const TideAdvice *advice, guint at)
{
  const TideAdvicePoint *next = &advice->points[MIN (at + 1, advice->n_points - 1)];
  g_autofree char *interval = tide_interval_to_string (next->every);
  g_autofree char *objective = tide_duration_to_string (advice->objective), *error = tide_share_to_string (next->error);

  if (at + 1 >= advice->n_points)
    return g_strdup ("nothing slower is looked at");
  if (isnan (next->error))
    return g_strdup_printf ("%s was not seen often enough yet", interval);
  if (advice->objective > 0 && next->age > advice->objective && next->error <= advice->tolerance)
    return g_strdup_printf ("%s would be older than the objective of %s", interval, objective);
  if (advice->alert_age > 0 && next->age > advice->alert_age && next->error <= advice->tolerance)
    return g_strdup_printf ("%s would be older than its alert takes to fire", interval);
  if (next->error <= advice->tolerance)
    return g_strdup_printf ("%s would cost no less", interval);
  return g_strdup_printf ("%s would be off by up to %s", interval, error);
}

static char *
explain (const TideAdvice *advice)
{
  const TideAdvicePoint *point = &advice->points[advice->advised];
  g_autofree char *interval = tide_interval_to_string (point->every);
  g_autofree char *limit = explain_limit (advice, (guint) advice->advised);
  g_autofree char *share = advice->now.usd_per_h > 0 ? describe_share (point->usd_per_h / advice->now.usd_per_h)
                                                     : g_strdup ("about the same cost");
  g_autofree char *error = tide_share_to_string (point->error), *tolerance = tide_share_to_string (advice->tolerance);
  g_autofree char *error_now = tide_share_to_string (advice->now.error);

  if (!point->meets && !(point->error <= advice->tolerance))
    return g_strdup_printf ("Even in real time it is off by up to %s, more than the %s that are tolerated.", error, tolerance);
  if (point->every == advice->every)
    return g_strdup_printf ("Right as it is: %s it is within %s for 95 %% of the time, and %s.", interval, error, limit);
  if (point->every > advice->every)
    return g_strdup_printf ("Good enough %s, for %s: within %s for 95 %% of the time.", interval, share, error);
  if (!(advice->now.error <= advice->tolerance))
    return g_strdup_printf ("Needs %s: as it is now it is off by up to %s, and %s are tolerated.", interval, error_now,
                            tolerance);
  return g_strdup_printf ("Needs %s: as it is now the answer grows older than its objective.", interval);
}

/* A change that gains nothing is no advice. */
static void
stay (TideAdvice *advice)
{
  if (advice->advised < 0 || !advice->now.meets
      || advice->now.usd_per_h > advice->points[advice->advised].usd_per_h * (1 + SAME_COST))
    return;
  for (guint i = 0; i < advice->n_points; i++)
    if (advice->points[i].every == advice->every)
      advice->advised = (int) i;
}

/**
 * tide_advice_judge:
 *
 * From points, tolerance and objective alone: the cheapest point that meets both; of equally cheap ones the present one,
 * else the slowest. If none does, the fastest, which is the least wrong.
 *
 * Thread: any.
 */
void
tide_advice_judge (TideAdvice *advice)
{
  bool known = false;

  advice->advised = -1;
  for (guint i = 0; i < advice->n_points; i++)
    {
      TideAdvicePoint *point = &advice->points[i];

      known |= !isnan (point->error);
      point->meets = meets (advice, point);
      if (point->meets
          && (advice->advised < 0 || point->usd_per_h <= advice->points[advice->advised].usd_per_h * (1 + SAME_COST)))
        advice->advised = (int) i;
    }
  advice->now.meets = meets (advice, &advice->now);
  if (advice->advised < 0 && known)
    advice->advised = 0;
  stay (advice);
  g_free (advice->why);
  advice->why = advice->advised < 0 ? explain_unknown (advice) : explain (advice);
}

/* --- streams --- */

static TideDuration
advised_interval (const TideAdvice *advice)
{
  return advice->advised >= 0 ? advice->points[advice->advised].every : advice->every;
}

/* The fastest of a stream's metrics, but for @except. */
static const TideAdvice *
fastest (const TideAdvices *advices, const char *stream, const TideAdvice *except, bool as_advised)
{
  const TideAdvice *found = NULL;

  for (guint i = 0; i < advices->metrics->len; i++)
    {
      const TideAdvice *advice = g_ptr_array_index (advices->metrics, i);

      if (advice == except || strcmp (advice->stream, stream) != 0)
        continue;
      if (found == NULL
          || (as_advised ? advised_interval (advice) < advised_interval (found) : advice->every < found->every))
        found = advice;
    }
  return found;
}

/* What moving this metric alone saves: its own part, and of the stream's what no other metric needs. */
static void
fill_savings (const Advisor *advisor, const TideAdvices *advices, TideAdvice *advice)
{
  const TideMetric *metric = tide_workspace_get_metric (advisor->workspace, advice->name);
  const TideStreamUse *stream = tide_use_model_get_stream (advisor->model, advice->stream);
  const TideAdvice *other = fastest (advices, advice->stream, advice, false);
  TideDuration target = advised_interval (advice);
  TideDuration before = other != NULL ? MIN (other->every, advice->every) : advice->every;
  TideDuration after = other != NULL ? MIN (other->every, target) : target;

  if (advice->advised < 0 || target == advice->every)
    return;
  advice->saves_usd_per_h = own_cost (advisor, metric, stream, advice->every) - own_cost (advisor, metric, stream, target)
                            + tide_stream_cost (stream, advisor->workspace, advisor->book, before)
                            - tide_stream_cost (stream, advisor->workspace, advisor->book, after);
  if (other != NULL && other->every < target)
    {
      g_autofree char *why = g_steal_pointer (&advice->why);

      advice->forced_by = g_strdup (other->name);
      advice->why = g_strdup_printf ("%s %s keeps %s as it is, so only this metric's own part is saved.", why,
                                     other->title, advice->stream);
    }
}

static void
add_stream (const Advisor *advisor, TideAdvices *advices, const TideStreamUse *use)
{
  TideStreamAdvice *stream = g_new0 (TideStreamAdvice, 1);
  const TideAdvice *now = fastest (advices, use->name, NULL, false), *advised = fastest (advices, use->name, NULL, true);

  stream->name = g_strdup (use->name);
  stream->every = now != NULL ? now->every : 0;
  stream->advised = advised != NULL ? advised_interval (advised) : 0;
  stream->forced_by = now != NULL ? g_strdup (now->name) : NULL;
  stream->forced_by_advised = advised != NULL ? g_strdup (advised->name) : NULL;
  for (guint i = 0; i < TIDE_N_INTERVALS; i++)
    stream->usd_per_h[i] = tide_stream_cost (use, advisor->workspace, advisor->book, tide_intervals[i]);
  stream->shared_usd_per_h = stream->usd_per_h[TIDE_N_INTERVALS - 1];
  g_ptr_array_add (advices->streams, stream);
}

static int
compare_advice (gconstpointer a, gconstpointer b)
{
  const TideAdvice *x = *(TideAdvice *const *) a, *y = *(TideAdvice *const *) b;
  double left = fabs (x->saves_usd_per_h), right = fabs (y->saves_usd_per_h);

  return left < right || left > right ? (left < right) - (left > right) : strcmp (x->name, y->name);
}

TideAdvices *
tide_advices_get (TideReader *reader, const TideWorkspace *workspace, const TidePriceBook *book, TideTime now,
                  GError **error)
{
  g_autoptr (TideUseModel) model = tide_use_model_get (reader, workspace, now, error);
  g_autoptr (TideAdvices) advices = g_new0 (TideAdvices, 1);
  Advisor advisor = { reader, workspace, book, model, now };

  advices->time = now;
  advices->currency = g_strdup (workspace->currency);
  advices->exchange = workspace->exchange;
  advices->metrics = g_ptr_array_new_with_free_func (advice_free);
  advices->streams = g_ptr_array_new_with_free_func (stream_advice_free);
  if (model == NULL)
    return NULL;
  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      TideAdvice *advice = advise (&advisor, g_ptr_array_index (workspace->metrics, i), error);

      if (advice == NULL)
        return NULL;
      g_ptr_array_add (advices->metrics, advice);
    }
  for (guint i = 0; i < advices->metrics->len; i++)
    fill_savings (&advisor, advices, g_ptr_array_index (advices->metrics, i));
  for (guint i = 0; i < model->streams->len; i++)
    add_stream (&advisor, advices, g_ptr_array_index (model->streams, i));
  g_ptr_array_sort (advices->metrics, compare_advice);
  return g_steal_pointer (&advices);
}
