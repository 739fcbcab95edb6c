/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bill: what each activity uses, hour by hour, times what it would cost. What is metered here and what a platform
 * charges stay apart. Rates are those of the last day as far as it was metered; a month's forecast goes on with them. */
#include "balance-cost.h"

#include <math.h>
#include <string.h>

#define WARN_AT_SHARE 0.9

static void
cost_row_free (void *data)
{
  TideCostRow *row = data;

  g_free (row->item);
  g_free (row->source);
  g_free (row->stream);
  g_free (row->metric);
  g_free (row);
}

void
tide_costs_free (TideCosts *costs)
{
  if (costs == NULL)
    return;
  g_ptr_array_unref (costs->rows);
  g_free (costs->currency);
  g_free (costs->warning);
  g_free (costs);
}

static TideCostRow *
find_row (GPtrArray *rows, TideActivity activity, const char *item, const char *source, const char *stream,
          const char *metric)
{
  TideCostRow *row;

  for (guint i = 0; i < rows->len; i++)
    {
      row = g_ptr_array_index (rows, i);
      if (row->activity == activity && strcmp (row->item, item) == 0 && strcmp (row->source, source) == 0
          && strcmp (row->stream, stream) == 0 && strcmp (row->metric, metric) == 0)
        return row;
    }
  row = g_new0 (TideCostRow, 1);
  row->activity = activity;
  row->item = g_strdup (item);
  row->source = g_strdup (source);
  row->stream = g_strdup (stream);
  row->metric = g_strdup (metric);
  g_ptr_array_add (rows, row);
  return row;
}

static void
set_tier (TideCostRow *row, const TideWorkspace *workspace)
{
  const TideMetric *metric = tide_workspace_get_metric (workspace, row->metric);
  const TideSourceDef *source = tide_workspace_get_source (workspace, row->source);

  row->has_tier = metric != NULL || source != NULL;
  if (metric != NULL)
    row->tier = metric->tier;
  else if (source != NULL)
    row->tier = source->every > 0 ? TIDE_TIER_MICRO_BATCH : TIDE_TIER_REAL_TIME;
}

/* CPU of the last day, as rows. */
static bool
add_cpu (TideReader *reader, const TideWorkspace *workspace, const TidePriceBook *book, TideTime now, TideCosts *costs,
         GError **error)
{
  g_autoptr (GPtrArray) hours = tide_store_get_use (reader, now - TIDE_DAY, TIDE_TIME_MAX, error);
  double byte_s = 0;

  if (hours == NULL)
    return false;
  for (guint i = 0; i < hours->len; i++)
    costs->metered_s += ((TideUseHour *) g_ptr_array_index (hours, i))->seconds;
  for (guint i = 0; i < hours->len && costs->metered_s > 0; i++)
    {
      const TideUseHour *hour = g_ptr_array_index (hours, i);
      TideActivity activity = tide_activity_parse (hour->activity);
      TideCostRow *row;

      if (activity == TIDE_USE_SHARED)
        byte_s += (double) hour->bytes;
      row = find_row (costs->rows, activity, hour->activity, hour->source, hour->stream, hour->metric);
      row->cpu_s_per_h += (double) hour->cpu_ns / 1e9 / costs->metered_s * 3600;
    }
  for (guint i = 0; i < costs->rows->len; i++)
    {
      TideCostRow *row = g_ptr_array_index (costs->rows, i);

      row->metered_usd_per_h = row->cpu_s_per_h / 3600 * tide_price_book_usd (book, "vcpu-hour");
      set_tier (row, workspace);
    }
  if (byte_s > 0)
    find_row (costs->rows, TIDE_N_USES, "memory", "", "", "")->metered_usd_per_h
        = byte_s / costs->metered_s / 1e9 * tide_price_book_usd (book, "memory-gb-hour");
  return true;
}

static void
add_platform (const TideWorkspace *workspace, const TidePriceBook *book, const TideUseModel *model, TideCosts *costs)
{
  for (guint i = 0; i < workspace->sources->len; i++)
    {
      const TideSourceDef *source = g_ptr_array_index (workspace->sources, i);
      const TideStreamUse *use = tide_use_model_get_stream (model, source->stream);
      const TidePlatform *platform = source->platform != NULL ? tide_price_book_get_platform (book, source->platform)
                                                              : NULL;

      if (platform == NULL || !source->enabled || use == NULL)
        continue;
      for (guint k = 0; k < platform->needs->len; k++)
        {
          const TideNeed *need = &g_array_index (platform->needs, TideNeed, k);
          TideCostRow *row = find_row (costs->rows, TIDE_N_USES, need->price->title, source->name, source->stream, "");

          row->platform_usd_per_h += tide_need_cost (need, use, source, source->every);
          set_tier (row, workspace);
        }
    }
}

static void
add_storage (const TidePriceBook *book, const TideUseModel *model, TideCosts *costs)
{
  for (guint i = 0; i < model->streams->len; i++)
    {
      const TideStreamUse *use = g_ptr_array_index (model->streams, i);

      if (use->stored_bytes > 0)
        find_row (costs->rows, TIDE_N_USES, "storage", "", use->name, "")->metered_usd_per_h
            = (double) use->stored_bytes / 1e9 * tide_price_book_usd (book, "disk-gb-month") / TIDE_HOURS_A_MONTH;
    }
}

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  const TideCostRow *x = *(TideCostRow *const *) a, *y = *(TideCostRow *const *) b;
  double left = x->metered_usd_per_h + x->platform_usd_per_h, right = y->metered_usd_per_h + y->platform_usd_per_h;

  return (left < right) - (left > right);
}

/* The row of sums that @cost belongs to. */
static TideCostRow *
find_sum (GPtrArray *sums, const TideCostRow *cost, TideCostBy by)
{
  bool is_analysis = cost->activity == TIDE_USE_ANALYSIS;
  TideCostRow *sum;

  if (by == TIDE_COST_BY_TIER)
    {
      static const char *const tiers[] = { "real-time", "micro-batch", "batch" };

      sum = find_row (sums, TIDE_N_USES, cost->has_tier ? tiers[cost->tier] : "", "", "", "");
      sum->has_tier = cost->has_tier;
      sum->tier = cost->tier;
      return sum;
    }
  return find_row (sums, by == TIDE_COST_BY_ANALYSIS && is_analysis ? TIDE_USE_ANALYSIS : TIDE_N_USES, "",
                   by == TIDE_COST_BY_SOURCE ? cost->source : "", by == TIDE_COST_BY_STREAM ? cost->stream : "",
                   (by == TIDE_COST_BY_METRIC && !is_analysis) || (by == TIDE_COST_BY_ANALYSIS && is_analysis) ? cost->metric
                                                                                                              : "");
}

GPtrArray *
tide_costs_sum (const TideCosts *costs, TideCostBy by)
{
  GPtrArray *sums = g_ptr_array_new_with_free_func (cost_row_free);

  for (guint i = 0; i < costs->rows->len; i++)
    {
      const TideCostRow *cost = g_ptr_array_index (costs->rows, i);
      TideCostRow *sum = find_sum (sums, cost, by);

      sum->cpu_s_per_h += cost->cpu_s_per_h;
      sum->metered_usd_per_h += cost->metered_usd_per_h;
      sum->platform_usd_per_h += cost->platform_usd_per_h;
    }
  g_ptr_array_sort (sums, compare_rows);
  return sums;
}

/* What of the month's metered time was paid, and how it will end. */
static bool
forecast (TideReader *reader, const TideWorkspace *workspace, const TidePriceBook *book, TideTime now, TideCosts *costs,
          GError **error)
{
  TidePeriod month = { TIDE_PERIOD_MONTHS, 1 };
  TideTime begin = tide_period_floor (month, workspace->zone, now), end = tide_period_next (month, workspace->zone, begin);
  g_autoptr (GPtrArray) hours = tide_costs_history (reader, workspace, book, begin, now, error);
  double usd_per_h = costs->metered_usd_per_h + costs->platform_usd_per_h;
  char text[2][TIDE_MONEY_STR_MAX];

  if (hours == NULL)
    return false;
  for (guint i = 0; i < hours->len; i++)
    costs->month_usd += ((TideCostHour *) g_ptr_array_index (hours, i))->usd;
  costs->forecast_usd = costs->month_usd + usd_per_h * (double) (end - now) / TIDE_HOUR;
  costs->budget_usd = workspace->budget / workspace->exchange;
  tide_money_format (costs->forecast_usd * costs->exchange, text[0]);
  tide_money_format (workspace->budget, text[1]);
  if (costs->forecast_usd > costs->budget_usd)
    costs->warning = g_strdup_printf ("At this rate the month ends at %s %s, above the budget of %s.", text[0],
                                      costs->currency, text[1]);
  else if (costs->forecast_usd > WARN_AT_SHARE * costs->budget_usd)
    costs->warning = g_strdup_printf ("At this rate the month ends at %s %s, close to the budget of %s.", text[0],
                                      costs->currency, text[1]);
  return true;
}

TideCosts *
tide_costs_get (TideReader *reader, const TideWorkspace *workspace, const TidePriceBook *book, TideTime now,
                GError **error)
{
  g_autoptr (TideCosts) costs = g_new0 (TideCosts, 1);
  g_autoptr (TideUseModel) model = NULL;

  costs->rows = g_ptr_array_new_with_free_func (cost_row_free);
  costs->time = now;
  costs->currency = g_strdup (workspace->currency);
  costs->exchange = workspace->exchange;
  model = tide_use_model_get (reader, workspace, now, error);
  if (model == NULL || !add_cpu (reader, workspace, book, now, costs, error))
    return NULL;
  add_platform (workspace, book, model, costs);
  add_storage (book, model, costs);
  g_ptr_array_sort (costs->rows, compare_rows);
  for (guint i = 0; i < costs->rows->len; i++)
    {
      const TideCostRow *row = g_ptr_array_index (costs->rows, i);

      costs->metered_usd_per_h += row->metered_usd_per_h;
      costs->platform_usd_per_h += row->platform_usd_per_h;
    }
  return forecast (reader, workspace, book, now, costs, error) ? g_steal_pointer (&costs) : NULL;
}

/* What is for none is an empty cell. */
static void
write_name (TideCsv *csv, const char *name)
{
  tide_csv_text (csv, *name != '\0' ? name : NULL, -1);
}

static void
write_amounts (TideCsv *csv, double usd_per_h, double exchange)
{
  const double hours[] = { 1, 24, TIDE_HOURS_A_MONTH };
  char text[TIDE_VALUE_STR_MAX];

  for (guint i = 0; i < G_N_ELEMENTS (hours); i++)
    {
      tide_value_format (tide_value_real (usd_per_h * exchange * hours[i]), text);
      tide_csv_number (csv, text);
    }
}

bool
tide_costs_write_csv (const TideCosts *costs, TideCsv *csv, GError **error)
{
  static const char *const tiers[] = { "real-time", "micro-batch", "batch" };
  static const char *const kinds[] = { "metered", "platform" };
  static const char *const spans[] = { "h", "d", "month" };
  static const char *const columns[] = { "item", "source", "stream", "metric", "tier", "cpu [s/h]" };

  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    tide_csv_text (csv, columns[i], -1);
  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *title = g_strdup_printf ("%s [%s/%s]", kinds[i / 3], costs->currency, spans[i % 3]);

      tide_csv_text (csv, title, -1);
    }
  if (!tide_csv_end_row (csv, error))
    return false;
  for (guint i = 0; i < costs->rows->len; i++)
    {
      const TideCostRow *row = g_ptr_array_index (costs->rows, i);
      char text[TIDE_VALUE_STR_MAX];

      tide_csv_text (csv, row->item, -1);
      write_name (csv, row->source);
      write_name (csv, row->stream);
      write_name (csv, row->metric);
      tide_csv_text (csv, row->has_tier ? tiers[row->tier] : NULL, -1);
      tide_value_format (tide_value_real (row->cpu_s_per_h), text);
      tide_csv_number (csv, text);
      write_amounts (csv, row->metered_usd_per_h, costs->exchange);
      write_amounts (csv, row->platform_usd_per_h, costs->exchange);
      if (!tide_csv_end_row (csv, error))
        return false;
    }
  return true;
}

/* --- history --- */

void
tide_cost_hour_free (TideCostHour *hour)
{
  if (hour == NULL)
    return;
  g_free (hour->stream);
  g_free (hour);
}

static void
add_hour (GPtrArray *list, TideTime time, const char *stream, double usd)
{
  TideCostHour *hour;

  for (guint i = list->len; i-- > 0;)
    {
      hour = g_ptr_array_index (list, i);
      if (hour->hour != time)
        break;
      if (strcmp (hour->stream, stream) == 0)
        {
          hour->usd += usd;
          return;
        }
    }
  hour = g_new0 (TideCostHour, 1);
  hour->hour = time;
  hour->stream = g_strdup (stream);
  hour->usd = usd;
  g_ptr_array_add (list, hour);
}

/* What stands still, such as platform and storage, is paid for the time that was metered. */
static void
add_standing (GPtrArray *list, TideTime hour, double seconds, const TideWorkspace *workspace, const TidePriceBook *book,
              const TideUseModel *model)
{
  for (guint i = 0; i < model->streams->len; i++)
    {
      TideStreamUse use = *(TideStreamUse *) g_ptr_array_index (model->streams, i);
      TideDuration every = 0;

      for (guint k = 0; k < workspace->sources->len; k++)
        {
          const TideSourceDef *source = g_ptr_array_index (workspace->sources, k);

          if (strcmp (source->stream, use.name) == 0)
            every = source->every;
        }
      use.decode_ns_per_event = use.store_ns_per_event = 0; /* in the metered part */
      add_hour (list, hour, use.name, seconds / 3600 * tide_stream_cost (&use, workspace, book, every));
    }
}

GPtrArray *
tide_costs_history (TideReader *reader, const TideWorkspace *workspace, const TidePriceBook *book, TideTime from,
                    TideTime to, GError **error)
{
  g_autoptr (GPtrArray) hours = tide_store_get_use (reader, from, to, error);
  g_autoptr (TideUseModel) model = hours != NULL ? tide_use_model_get (reader, workspace, to, error) : NULL;
  GPtrArray *list;

  if (model == NULL)
    return NULL;
  list = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_cost_hour_free);
  for (guint i = 0; i < hours->len; i++)
    {
      const TideUseHour *hour = g_ptr_array_index (hours, i);
      double usd = (double) hour->cpu_ns / 1e9 / 3600 * tide_price_book_usd (book, "vcpu-hour");

      if (strcmp (hour->activity, tide_activity_to_string (TIDE_USE_SHARED)) == 0)
        usd += (double) hour->bytes / 3600 / 1e9 * tide_price_book_usd (book, "memory-gb-hour");
      add_hour (list, hour->hour, hour->stream, usd);
      if (hour->seconds > 0)
        add_standing (list, hour->hour, hour->seconds, workspace, book, model);
    }
  return list;
}
