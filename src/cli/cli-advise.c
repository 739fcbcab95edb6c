/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tidemark-cli advise: how wrong each metric gets when it is refreshed less often, what that costs, and what to do.
 * Measures what is new first, unless another process has the workspace open, which measures by itself. */
#include "cli.h"

#include <math.h>

static void
append_number (GString *out, const char *name, double value)
{
  char text[TIDE_VALUE_STR_MAX];

  g_string_append_printf (out, ", \"%s\": ", name);
  if (!isfinite (value))
    {
      g_string_append (out, "null");
      return;
    }
  tide_value_format (tide_value_real (value), text);
  g_string_append (out, text);
}

static void
append_text (GString *out, const char *name, const char *text)
{
  g_string_append_printf (out, ", \"%s\": ", name);
  if (text == NULL)
    g_string_append (out, "null");
  else
    tide_json_append_text (out, text, -1);
}

static double
seconds (TideDuration duration)
{
  return (double) duration / TIDE_SECOND;
}

static void
append_curve (GString *out, const TideAdvice *advice)
{
  g_string_append (out, ", \"curve\": [");
  for (guint i = 0; i < advice->n_points; i++)
    {
      const TideAdvicePoint *point = &advice->points[i];

      g_string_append_printf (out, "%s\n      {\"every_s\": %.0f", i > 0 ? "," : "", seconds (point->every));
      append_number (out, "error", point->error);
      append_number (out, "cost_usd_per_h", point->usd_per_h);
      append_number (out, "mean_error", point->mean_error);
      append_number (out, "age_s", seconds (point->age));
      append_number (out, "windows", rint (point->windows));
      g_string_append_printf (out, ", \"measured\": %s, \"meets\": %s}", point->measured ? "true" : "false",
                              point->meets ? "true" : "false");
    }
  g_string_append_c (out, ']');
}

static void
append_metric (GString *out, const TideAdvice *advice)
{
  const TideAdvicePoint *point = advice->advised >= 0 ? &advice->points[advice->advised] : NULL;
  g_autofree char *tier = tide_interval_to_tier (advice->every);
  g_autofree char *advised = point != NULL ? tide_interval_to_tier (point->every) : NULL;

  g_string_append (out, "    {\"name\": ");
  tide_json_append_text (out, advice->name, -1);
  append_text (out, "stream", advice->stream);
  append_text (out, "tier", tier);
  append_text (out, "advised", advised);
  append_number (out, "every_s", seconds (advice->every));
  append_number (out, "advised_every_s", point != NULL ? seconds (point->every) : NAN);
  append_number (out, "tolerance", advice->tolerance);
  append_number (out, "objective_s", advice->objective > 0 ? seconds (advice->objective) : NAN);
  append_number (out, "noise", advice->noise);
  append_number (out, "error", advice->now.error);
  append_number (out, "cost_usd_per_h", advice->now.usd_per_h);
  append_number (out, "saves_usd_per_h", advice->saves_usd_per_h);
  append_text (out, "forced_by", advice->forced_by);
  append_text (out, "why", advice->why);
  append_curve (out, advice);
  g_string_append_c (out, '}');
}

static void
append_stream (GString *out, const TideStreamAdvice *stream)
{
  g_string_append (out, "    {\"name\": ");
  tide_json_append_text (out, stream->name, -1);
  append_number (out, "every_s", seconds (stream->every));
  append_number (out, "advised_every_s", seconds (stream->advised));
  append_text (out, "forced_by", stream->forced_by);
  append_text (out, "forced_by_advised", stream->forced_by_advised);
  append_number (out, "shared_usd_per_h", stream->shared_usd_per_h);
  g_string_append_c (out, '}');
}

static void
print_json (const TideAdvices *advices)
{
  g_autoptr (GString) out = g_string_new ("{\n  \"metrics\": [");

  for (guint i = 0; i < advices->metrics->len; i++)
    {
      g_string_append (out, i > 0 ? ",\n" : "\n");
      append_metric (out, g_ptr_array_index (advices->metrics, i));
    }
  g_string_append (out, "],\n  \"streams\": [");
  for (guint i = 0; i < advices->streams->len; i++)
    {
      g_string_append (out, i > 0 ? ",\n" : "\n");
      append_stream (out, g_ptr_array_index (advices->streams, i));
    }
  printf ("%s]\n}\n", out->str);
}

static void
percent_cell (CliOutput *output, double share)
{
  g_autofree char *text = isnan (share) ? NULL : tide_share_to_string (share);

  cli_output_cell (output, text, -1, true);
}

static void
money_cell (CliOutput *output, double amount)
{
  char text[TIDE_MONEY_STR_MAX];

  tide_money_format (amount, text);
  cli_output_cell (output, isnan (amount) ? NULL : text, -1, true);
}

static bool
print_table (const TideAdvices *advices, GError **error)
{
  g_autofree char *unit = g_strdup_printf ("%s/h", advices->currency), *saves = g_strdup_printf ("saves %s/h", advices->currency);
  const char *const columns[] = { "metric", "stream", "tier", "advised", "error", "tolerance", unit, saves, "why", NULL };
  g_autoptr (CliOutput) output = cli_output_new (CLI_TABLE, columns);

  for (guint i = 0; i < advices->metrics->len; i++)
    {
      const TideAdvice *advice = g_ptr_array_index (advices->metrics, i);
      const TideAdvicePoint *point = advice->advised >= 0 ? &advice->points[advice->advised] : NULL;
      g_autofree char *tier = tide_interval_to_tier (advice->every);
      g_autofree char *advised = point != NULL ? tide_interval_to_tier (point->every) : NULL;

      cli_output_cell (output, advice->name, -1, false);
      cli_output_cell (output, advice->stream, -1, false);
      cli_output_cell (output, tier, -1, false);
      cli_output_cell (output, advised, -1, false);
      percent_cell (output, point != NULL ? point->error : advice->now.error);
      percent_cell (output, advice->tolerance);
      money_cell (output, advice->now.usd_per_h * advices->exchange);
      money_cell (output, point != NULL && point->every != advice->every ? advice->saves_usd_per_h * advices->exchange : NAN);
      cli_output_cell (output, advice->why, -1, false);
      if (!cli_output_end_row (output, error))
        return false;
    }
  return cli_output_finish (output, error);
}

static TidePipeline *
open_pipeline (const char *dir, GError **error)
{
  GError *failed = NULL;
  TidePipeline *pipeline = tide_pipeline_open (dir, TIDE_PIPELINE_WRITE, NULL, &failed);

  if (pipeline == NULL && g_error_matches (failed, TIDE_ERROR, TIDE_ERROR_LOCKED))
    {
      g_clear_error (&failed);
      return tide_pipeline_open (dir, TIDE_PIPELINE_READ, NULL, error);
    }
  if (pipeline == NULL)
    g_propagate_error (error, failed);
  else if (!tide_pipeline_measure (pipeline, NULL, error))
    {
      tide_pipeline_close (pipeline);
      g_clear_object (&pipeline);
    }
  return pipeline;
}

static int
run (int argc, char **argv)
{
  const char *format_text = "table";
  const GOptionEntry entries[]
      = { { "format", 0, 0, G_OPTION_ARG_STRING, &format_text, N_ ("json or table"), "FORMAT" }, G_OPTION_ENTRY_NULL };
  g_autoptr (TidePipeline) pipeline = NULL;
  g_autoptr (TideAdvices) advices = NULL;
  CliFormat format = CLI_TABLE;
  GError *error = NULL;
  bool done = true;

  if (!cli_parse (&cli_advise, &argc, &argv, entries, 1, 1))
    return CLI_USAGE;
  if (!cli_format_parse (format_text, &format) || format == CLI_CSV)
    return cli_usage (&cli_advise, _ ("there is no format '%s': expected json or table"), format_text);
  pipeline = open_pipeline (argv[1], &error);
  if (pipeline == NULL)
    return cli_fail (error);
  advices = tide_pipeline_get_advices (pipeline, NULL, &error);
  if (advices != NULL && format == CLI_JSON)
    print_json (advices);
  else if (advices != NULL)
    done = print_table (advices, &error);
  tide_pipeline_close (pipeline);
  return advices != NULL && done ? CLI_DONE : cli_fail (error);
}

const CliCommand cli_advise = { "advise", "DIR [--format json|table]",
                                N_ ("the advice for each metric, with the measured curve of error and cost"), run };
