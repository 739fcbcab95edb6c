/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking advice: it is an edit of the workspace file like any other, so it can be read, undone and committed. What was
 * foretold is recorded with it, and when it has been followed for a while, what it became. */
#include "balance-advice.h"

#include <math.h>
#include <string.h>

TideDuration
tide_metric_get_interval (const TideMetric *metric, const TideWorkspace *workspace, TideTime now)
{
  const TideSchedule *schedule = metric->schedule != NULL ? metric->schedule : workspace->rollup_schedule;

  if (metric->tier == TIDE_TIER_REAL_TIME)
    return TIDE_SECOND;
  if (metric->tier == TIDE_TIER_MICRO_BATCH)
    return MAX (metric->refresh, TIDE_SECOND);
  return tide_schedule_get_interval (schedule, now);
}

static void
edit_metric (TideConf *conf, const char *metric, TideDuration every)
{
  g_autofree char *section = g_strconcat ("metric ", metric, NULL), *interval = tide_duration_to_string (every);
  g_autofree char *schedule = every >= TIDE_DAY ? g_strdup ("0 2 * * *") : g_strconcat ("every ", interval, NULL);
  bool batch = every >= TIDE_HOUR, real_time = every <= TIDE_SECOND;

  tide_conf_set (conf, section, "tier", real_time ? "real-time" : batch ? "batch" : "micro-batch");
  tide_conf_set (conf, section, "refresh", real_time || batch ? NULL : interval);
  tide_conf_set (conf, section, "schedule", batch ? schedule : NULL);
}

/* How often the metrics of a stream need it; TIDE_DAY when none does. */
static TideDuration
needed (const TideWorkspace *workspace, const char *stream, const char *metric, TideDuration every, TideTime now)
{
  TideDuration least = TIDE_DAY;

  for (guint i = 0; i < workspace->metrics->len; i++)
    {
      const TideMetric *other = g_ptr_array_index (workspace->metrics, i);

      if (strcmp (other->stream->name, stream) == 0)
        least = MIN (least, strcmp (other->name, metric) == 0 ? every
                                                              : tide_metric_get_interval (other, workspace, now));
    }
  return least;
}

/* Only sources that can resume where they were, and for which connecting costs something, are worth it. */
static bool
is_worth_it (const TidePriceBook *book, const TideSourceDef *source)
{
  const TidePlatform *platform = source->platform != NULL ? tide_price_book_get_platform (book, source->platform) : NULL;

  for (guint i = 0; platform != NULL && source->spec->exactly_once && i < platform->needs->len; i++)
    if (g_array_index (platform->needs, TideNeed, i).per == TIDE_PER_CONNECTED_HOUR)
      return true;
  return false;
}

bool
tide_advice_edit (TideConf *conf, const TideWorkspace *workspace, const char *name, TideDuration every, TideTime now,
                  GError **error)
{
  const TideMetric *metric = tide_workspace_get_metric (workspace, name);
  g_autoptr (TidePriceBook) book = tide_price_book_new (workspace);
  TideDuration need;

  if (metric == NULL)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND, "the workspace has no metric '%s'", name);
      return false;
    }
  edit_metric (conf, name, every);
  need = needed (workspace, metric->stream->name, name, every, now);
  for (guint i = 0; i < workspace->sources->len; i++)
    {
      const TideSourceDef *source = g_ptr_array_index (workspace->sources, i);
      g_autofree char *section = g_strconcat ("source ", source->name, NULL);
      g_autofree char *interval = tide_duration_to_string (need), *tier = g_strconcat ("every ", interval, NULL);

      if (strcmp (source->stream, metric->stream->name) != 0)
        continue;
      if (need >= TIDE_SOURCE_EVERY_MIN && is_worth_it (book, source))
        tide_conf_set (conf, section, "tier", tier);
      else if (source->every > need || need < TIDE_SOURCE_EVERY_MIN)
        tide_conf_set (conf, section, "tier", NULL);
    }
  return true;
}

/* --- what it became --- */

/* The metric's own CPU since then, as USD an hour; NAN when nothing was metered. */
static double
metered_since (TideReader *reader, const TidePriceBook *book, const char *metric, TideTime since, GError **error)
{
  g_autoptr (GPtrArray) hours = tide_store_get_use (reader, since, TIDE_TIME_MAX, error);
  double seconds = 0, cpu_ns = 0;

  for (guint i = 0; hours != NULL && i < hours->len; i++)
    {
      const TideUseHour *hour = g_ptr_array_index (hours, i);
      TideActivity activity = tide_activity_parse (hour->activity);

      seconds += hour->seconds;
      if (strcmp (hour->metric, metric) == 0
          && (activity == TIDE_USE_LIVE || activity == TIDE_USE_SNAPSHOT || activity == TIDE_USE_REFRESH
              || activity == TIDE_USE_ROLLUP))
        cpu_ns += (double) hour->cpu_ns;
    }
  return seconds > 0 ? cpu_ns / 1e9 / seconds * tide_price_book_usd (book, "vcpu-hour") : NAN;
}

static double
error_since (TideReader *reader, const TideMetric *metric, TideDuration every, TideTime since, GError **error)
{
  g_autoptr (GPtrArray) found = tide_store_get_staleness (reader, metric->name, metric->version, since, error);

  for (guint i = 0; found != NULL && i < found->len; i++)
    {
      const TideStalenessBucket *bucket = g_ptr_array_index (found, i);

      if (bucket->every == every && bucket->windows >= TIDE_STALENESS_MIN_WINDOWS - 1)
        return tide_quantiles_get (&bucket->sketch, 0.95);
    }
  return NAN;
}

static bool
follow (TideReader *reader, TideWriter *writer, const TideWorkspace *workspace, const TidePriceBook *book,
        const TideUseModel *model, TideAppliedAdvice *advice, TideTime now, GError **error)
{
  const TideMetric *metric = tide_workspace_get_metric (workspace, advice->metric);
  const TideStreamUse *use = metric != NULL ? tide_use_model_get_stream (model, metric->stream->name) : NULL;
  /* Whole hours: those before would be of the old tier. */
  TideTime since = advice->applied - advice->applied % TIDE_HOUR + (now - advice->applied > TIDE_HOUR ? TIDE_HOUR : 0);
  GError *failed = NULL;

  if (use == NULL || advice->until != TIDE_TIME_NONE)
    return true;
  advice->realised_error = error_since (reader, metric, advice->every, since, &failed);
  if (failed == NULL)
    advice->realised_usd_per_h = metered_since (reader, book, metric->name, since, &failed);
  if (failed != NULL)
    {
      g_propagate_error (error, failed);
      return false;
    }
  advice->realised_usd_per_h += tide_stream_cost (
      use, workspace, book, needed (workspace, metric->stream->name, metric->name, advice->every, now));
  advice->measured = now;
  return tide_advice_measure (writer, advice, error);
}

bool
tide_advice_follow_up (TideReader *reader, TideWriter *writer, const TideWorkspace *workspace, const TidePriceBook *book,
                       TideTime now, GError **error)
{
  g_autoptr (GPtrArray) applied = tide_store_get_applied_advice (reader, NULL, 1000, error);
  g_autoptr (TideUseModel) model = applied != NULL ? tide_use_model_get (reader, workspace, now, error) : NULL;

  if (model == NULL)
    return false;
  for (guint i = 0; i < applied->len; i++)
    if (!follow (reader, writer, workspace, book, model, g_ptr_array_index (applied, i), now, error))
      return false;
  return true;
}
