/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "Fraud by city 0.00263" is hard to read, 0.263 % is not. A value is kept, exported and compared as it is everywhere;
 * only what is drawn or written on the screen passes through here. */
#include "app-shown.h"

#include <math.h>
#include <string.h>

#include "app-format.h"

/* Of all events that the other counts, or of those that the same predicate lets through. */
static bool
is_part_of (const TideMetric *part, const TideMetric *whole)
{
  return strcmp (part->aggregate->name, "count") == 0 && strcmp (whole->aggregate->name, "count") == 0
         && g_str_equal (part->stream->name, whole->stream->name) && whole->where == NULL;
}

bool
tide_shown_is_share (const TideMetric *metric)
{
  if (metric->unit != NULL && *metric->unit != '\0')
    return false;
  if (metric->numerator != NULL)
    return is_part_of (metric->numerator, metric->denominator);
  return strcmp (metric->aggregate->name, "avg") == 0 && metric->field >= 0
         && metric->stream->fields[metric->field]->type == TIDE_TYPE_BOOL;
}

const char *
tide_shown_unit (const TideMetric *metric)
{
  if (tide_shown_is_share (metric))
    return "%";
  return metric->unit != NULL && *metric->unit != '\0' ? metric->unit : NULL;
}

double
tide_shown_scale (const TideMetric *metric)
{
  return tide_shown_is_share (metric) ? 100 : 1;
}

double
tide_shown_double (const TideMetric *metric, TideValue value)
{
  return value.kind == TIDE_VALUE_NONE ? NAN : tide_value_to_double (value) * tide_shown_scale (metric);
}

char *
tide_shown_number (const TideMetric *metric, TideValue value)
{
  if (value.kind != TIDE_VALUE_NONE && tide_shown_is_share (metric))
    return tide_format_short (tide_shown_double (metric, value));
  return tide_format_value (value);
}

char *
tide_shown_value (const TideMetric *metric, TideValue value)
{
  return tide_format_with_unit (tide_shown_number (metric, value), tide_shown_unit (metric));
}

char *
tide_shown_title (const TideMetric *metric, const char *title)
{
  const char *unit = tide_shown_unit (metric);

  return unit != NULL ? g_strdup_printf ("%s %s", title, unit) : g_strdup (title);
}
