/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tidemark-cli quarantine: lists quarantined events, and replays, discards or edits those that match; in the process that
 * has the workspace open, if there is one. */
#include "cli.h"

#include <string.h>

#define PAGE 500

typedef struct
{
  char *stream, *source, *rule, *text, *state, *from, *to, *id, *edit, *format;
  gboolean replay, discard, take_back;
} Options;

static void
options_clear (Options *options)
{
  char *texts[] = { options->stream, options->source, options->rule, options->text, options->state,
                    options->from,   options->to,     options->id,   options->edit, options->format };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
}

/* What is given has to say something: 0 and an unknown state would stand for all, or none. */
static bool
check_given (const Options *options, gint64 *ret_id, GError **error)
{
  static const char *const states[] = { "new", "replayed", "discarded", NULL };

  if (options->id != NULL && !g_ascii_string_to_signed (options->id, 10, 1, G_MAXINT64, ret_id, NULL))
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, _ ("'%s' is no id: expected a number from 1"), options->id);
  else if (options->state != NULL && !g_strv_contains (states, options->state))
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, _ ("there is no state '%s': expected new, replayed or discarded"),
                 options->state);
  else
    return true;
  return false;
}

/* "amount.min" is a rule of a field, "min" of any. */
static bool
read_filter (const Options *options, GTimeZone *zone, char **ret_field, TideQuarantineFilter *filter, CliFormat *ret_format,
             GError **error)
{
  TideTime now = tide_clock_now (&tide_clock_system);
  const char *dot = options->rule != NULL ? strrchr (options->rule, '.') : NULL;
  gint64 id = 0;

  if (!check_given (options, &id, error))
    return false;
  if (dot != NULL)
    *ret_field = g_strndup (options->rule, (gsize) (dot - options->rule));
  *filter = (TideQuarantineFilter){ .stream = options->stream, .source = options->source, .state = options->state,
                                    .rule = dot != NULL ? dot + 1 : options->rule, .field = *ret_field,
                                    .text = options->text, .id = id };
  if (options->replay + options->discard + options->take_back + (options->edit != NULL) > 1
      || (options->edit != NULL && options->id == NULL))
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                   _ ("expected one of --replay, --discard, --take-back, or --edit FILE with --id N"));
      return false;
    }
  if (options->format != NULL && !cli_format_parse (options->format, ret_format))
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, _ ("there is no format '%s': expected csv, json or table"),
                   options->format);
      return false;
    }
  return (options->from == NULL || tide_time_parse_relative (options->from, now, zone, &filter->from, error))
         && (options->to == NULL || tide_time_parse_relative (options->to, now, zone, &filter->to, error));
}

static bool
print_entry (CliOutput *output, const TideQuarantined *entry, GError **error)
{
  char time[TIDE_TIME_STR_MAX];
  gsize time_len = tide_time_format (entry->received, time), len = 0;
  g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, entry->id), *payload = NULL;
  const char *data = entry->payload != NULL ? g_bytes_get_data (entry->payload, &len) : NULL;
  const char *cells[] = { entry->stream, entry->source, entry->position };

  cli_output_cell (output, id, -1, true);
  for (guint i = 0; i < G_N_ELEMENTS (cells); i++)
    cli_output_cell (output, cells[i], -1, false);
  cli_output_cell (output, time, (gssize) time_len, false);
  cli_output_cell (output, entry->state, -1, false);
  cli_output_cell (output, entry->reason, -1, false);
  payload = data != NULL ? g_utf8_make_valid (data, (gssize) len) : NULL;
  cli_output_cell (output, payload, -1, false);
  return cli_output_end_row (output, error);
}

static bool
list (TidePipeline *pipeline, const TideQuarantineFilter *filter, CliFormat format, GError **error)
{
  static const char *const columns[]
      = { "id", "stream", "source", "position", "received", "state", "reason", "payload", NULL };
  g_autoptr (CliOutput) output = cli_output_new (format, columns);
  g_autoptr (TideReader) reader = tide_store_acquire_reader (tide_pipeline_get_store (pipeline), error);
  gint64 before_id = 0;

  if (reader == NULL || !tide_reader_begin (reader, 0, NULL, error))
    return false;
  for (;;)
    {
      g_autoptr (GPtrArray) page = tide_store_list_quarantine (reader, filter, before_id, PAGE, error);

      if (page == NULL)
        return false;
      for (guint i = 0; i < page->len; i++)
        if (!print_entry (output, g_ptr_array_index (page, i), error))
          return false;
      if (page->len < PAGE)
        break;
      before_id = ((TideQuarantined *) g_ptr_array_index (page, page->len - 1))->id;
    }
  tide_reader_end (reader);
  return cli_output_finish (output, error);
}

static bool
act (TidePipeline *pipeline, const Options *options, const TideQuarantineFilter *filter, CliFormat format, GError **error)
{
  TideReplayCounts counts;
  TideTime at = TIDE_TIME_NONE;
  gint64 n = 0;

  if (options->replay)
    {
      g_autofree char *stored = NULL, *failed = NULL;

      if (!tide_pipeline_replay (pipeline, filter, &counts, NULL, error))
        return false;
      stored = g_strdup_printf ("%" G_GINT64_FORMAT, counts.stored);
      failed = g_strdup_printf ("%" G_GINT64_FORMAT, counts.failed);
      printf (_ ("%s stored, %s failed again\n"), stored, failed);
      return true;
    }
  if (options->discard || options->take_back)
    {
      g_autofree char *number = NULL;

      if (!tide_pipeline_discard (pipeline, filter, options->take_back, &n, &at, error))
        return false;
      number = g_strdup_printf ("%" G_GINT64_FORMAT, n);
      printf (options->discard ? _ ("%s discarded\n") : _ ("%s taken back\n"), number);
      return true;
    }
  if (options->edit != NULL)
    {
      g_autofree char *payload = NULL;
      gsize len = 0;

      return g_file_get_contents (options->edit, &payload, &len, error)
             && tide_pipeline_edit_quarantined (pipeline, filter->id, g_strchomp (payload), strlen (payload), error);
    }
  return list (pipeline, filter, format, error);
}

static int
work (const char *dir, const Options *options)
{
  bool reads = !options->replay && !options->discard && !options->take_back && options->edit == NULL;
  g_autoptr (TidePipeline) pipeline = NULL;
  g_autoptr (TideWorkspace) workspace = NULL;
  g_autofree char *field = NULL;
  TideQuarantineFilter filter;
  CliFormat format = CLI_CSV;
  GError *error = NULL;
  int status = CLI_DONE;

  pipeline = tide_pipeline_open (dir, reads ? TIDE_PIPELINE_READ : TIDE_PIPELINE_WRITE, NULL, &error);
  if (pipeline == NULL && g_error_matches (error, TIDE_ERROR, TIDE_ERROR_LOCKED))
    {
      g_clear_error (&error);
      pipeline = tide_pipeline_open (dir, TIDE_PIPELINE_READ, NULL, &error);
    }
  if (pipeline == NULL)
    return cli_fail (error);
  workspace = tide_pipeline_get_workspace (pipeline);
  if (!read_filter (options, workspace->zone, &field, &filter, &format, &error))
    {
      cli_usage (&cli_quarantine, "%s", error->message);
      g_error_free (error);
      status = CLI_USAGE;
    }
  else if (!act (pipeline, options, &filter, format, &error))
    status = cli_fail (error);
  tide_pipeline_close (pipeline);
  return status;
}

static int
run (int argc, char **argv)
{
  Options options = { 0 };
  const GOptionEntry entries[]
      = { { "stream", 0, 0, G_OPTION_ARG_STRING, &options.stream, N_ ("Of this stream"), "STREAM" },
          { "source", 0, 0, G_OPTION_ARG_STRING, &options.source, N_ ("Of this source"), "SOURCE" },
          { "rule", 0, 0, G_OPTION_ARG_STRING, &options.rule, N_ ("That broke this rule: amount.min, or min"), "RULE" },
          { "text", 0, 0, G_OPTION_ARG_STRING, &options.text, N_ ("With this in reason or payload"), "TEXT" },
          { "state", 0, 0, G_OPTION_ARG_STRING, &options.state, N_ ("new, replayed or discarded"), "STATE" },
          { "from", 0, 0, G_OPTION_ARG_STRING, &options.from, N_ ("Received from"), "TIME" },
          { "to", 0, 0, G_OPTION_ARG_STRING, &options.to, N_ ("Received before"), "TIME" },
          { "id", 0, 0, G_OPTION_ARG_STRING, &options.id, N_ ("Just this one"), "N" },
          { "replay", 0, 0, G_OPTION_ARG_NONE, &options.replay, N_ ("Decode anew, and store what holds"), NULL },
          { "discard", 0, 0, G_OPTION_ARG_NONE, &options.discard, N_ ("Mark as discarded"), NULL },
          { "take-back", 0, 0, G_OPTION_ARG_NONE, &options.take_back, N_ ("Let discarded ones wait again"), NULL },
          { "edit", 0, 0, G_OPTION_ARG_FILENAME, &options.edit, N_ ("The payload that --id is to have"), "FILE" },
          { "format", 0, 0, G_OPTION_ARG_STRING, &options.format, N_ ("csv, json or table"), "FORMAT" },
          G_OPTION_ENTRY_NULL };
  int status = CLI_USAGE;

  if (cli_parse (&cli_quarantine, &argc, &argv, entries, 1, 1))
    status = work (argv[1], &options);
  options_clear (&options);
  return status;
}

const CliCommand cli_quarantine
    = { "quarantine", "DIR [--stream S] [--rule R] [--text T] [--id N] … [--replay|--discard|--take-back|--edit FILE]",
        N_ ("lists quarantined events, replays, discards or edits them"), run };
