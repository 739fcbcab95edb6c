/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What would be advised if a metric tolerated more or less, or could be older: the core's judgement over the measured
 * points, with savings from the same figures. A point's cost is the stream's and the metric's own; the stream's part is
 * saved only as far as no other metric needs it faster. */
#include "app-advice-words.h"

#include <math.h>
#include <string.h>

/* Saving less than this share of what it costs is riding along. */
#define FREE_SHARE 0.01

/* The slowest interval that is looked at and is not slower than @every. */
static guint
index_of (TideDuration every)
{
  guint at = 0;

  while (at + 1 < TIDE_N_INTERVALS && tide_intervals[at + 1] <= every)
    at++;
  return at;
}

static const TideStreamAdvice *
find_stream (const TideAdvices *advices, const char *name)
{
  for (guint i = 0; i < advices->streams->len; i++)
    if (strcmp (((TideStreamAdvice *) g_ptr_array_index (advices->streams, i))->name, name) == 0)
      return g_ptr_array_index (advices->streams, i);
  return NULL;
}

/* The fastest of the other metrics of its stream; NULL: there is none. */
static const TideAdvice *
fastest_other (const TideAdvices *advices, const TideAdvice *advice)
{
  const TideAdvice *found = NULL;

  for (guint i = 0; i < advices->metrics->len; i++)
    {
      const TideAdvice *other = g_ptr_array_index (advices->metrics, i);

      if (strcmp (other->name, advice->name) != 0 && strcmp (other->stream, advice->stream) == 0
          && (found == NULL || other->every < found->every))
        found = other;
    }
  return found;
}

static void
fill_savings (TideWhatIf *what_if, const TideAdvices *advices)
{
  const TideAdvice *advice = &what_if->advice, *other = fastest_other (advices, advice);
  const TideStreamAdvice *stream = find_stream (advices, advice->stream);
  const TideAdvicePoint *point = tide_what_if_get_point (what_if);
  guint now = index_of (advice->every), target, before, after;

  what_if->saves_usd_per_h = 0;
  what_if->forced_by = NULL;
  if (point == NULL || point->every == advice->every || stream == NULL)
    return;
  target = index_of (point->every);
  before = other != NULL ? MIN (index_of (other->every), now) : now;
  after = other != NULL ? MIN (index_of (other->every), target) : target;
  what_if->saves_usd_per_h = (advice->now.usd_per_h - stream->usd_per_h[now])
                             - (point->usd_per_h - stream->usd_per_h[target])
                             + stream->usd_per_h[before] - stream->usd_per_h[after];
  if (other != NULL && other->every < point->every)
    what_if->forced_by = other->name;
}

void
tide_what_if_init (const TideAdvices *advices, const TideAdvice *advice, TideWhatIf *ret_what_if)
{
  *ret_what_if = (TideWhatIf){ .advice = *advice, .saves_usd_per_h = advice->saves_usd_per_h,
                               .forced_by = advice->forced_by };
  ret_what_if->advice.why = NULL;
}

void
tide_what_if_try (TideWhatIf *what_if, const TideAdvices *advices, const TideAdvice *advice, double tolerance,
                  TideDuration objective)
{
  tide_what_if_clear (what_if);
  tide_what_if_init (advices, advice, what_if);
  what_if->is_other = tolerance != advice->tolerance || objective != advice->objective;
  if (!what_if->is_other)
    return;
  what_if->advice.tolerance = tolerance;
  what_if->advice.objective = objective;
  tide_advice_judge (&what_if->advice);
  fill_savings (what_if, advices);
}

void
tide_what_if_clear (TideWhatIf *what_if)
{
  g_clear_pointer (&what_if->advice.why, g_free);
}

const TideAdvicePoint *
tide_what_if_get_point (const TideWhatIf *what_if)
{
  return what_if->advice.advised >= 0 ? &what_if->advice.points[what_if->advice.advised] : NULL;
}

bool
tide_what_if_changes (const TideWhatIf *what_if)
{
  const TideAdvicePoint *point = tide_what_if_get_point (what_if);

  return point != NULL && point->every != what_if->advice.every;
}

double
tide_advice_get_windows (const TideAdvice *advice)
{
  double most = 0;

  for (guint i = 0; i < advice->n_points; i++)
    most = fmax (most, advice->points[i].windows);
  return most;
}

bool
tide_what_if_is_free (const TideWhatIf *what_if)
{
  const TideAdvicePoint *point = tide_what_if_get_point (what_if);

  return point != NULL && point->every > what_if->advice.every
         && what_if->saves_usd_per_h < what_if->advice.now.usd_per_h * FREE_SHARE;
}
