/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tidemark-cli: the core without a display. Exit status: 0 done, 1 failed with one line on standard error that says
 * what and what to do, 2 wrong usage. */
#include "cli.h"

#include <locale.h>
#include <string.h>

static const CliCommand *const commands[] = { &cli_init, &cli_check,  &cli_run,    &cli_accept, &cli_batch,
                                              &cli_quarantine, &cli_query, &cli_sql, &cli_export, &cli_advise, &cli_bench };

static void
print_help (FILE *to)
{
  fputs (_ ("usage: tidemark-cli COMMAND …\n\n"), to);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    fprintf (to, "  %s %s\n        %s\n", commands[i]->name, commands[i]->usage, _ (commands[i]->help));
  fputs (_ ("\nTimes are RFC 3339 or relative: 2026-11-01T08:00:00Z, -15m, -7d.\n"), to);
}

/* Texts of options live as long as the process, here where they can be found: a command can't tell its own defaults from
 * what it was given, and must not free the former. */
static void
keep_texts (const GOptionEntry *entries)
{
  static GPtrArray *texts;

  if (texts == NULL)
    texts = g_ptr_array_new ();
  for (; entries->long_name != NULL; entries++)
    if (entries->arg == G_OPTION_ARG_STRING || entries->arg == G_OPTION_ARG_FILENAME)
      g_ptr_array_add (texts, *(char **) entries->arg_data);
}

bool
cli_parse (const CliCommand *command, int *argc, char ***argv, const GOptionEntry *entries, int min_words,
           int max_words)
{
  g_autoptr (GOptionContext) context = g_option_context_new (command->usage);
  g_autoptr (GError) error = NULL;

  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, _ (command->help));
  if (!g_option_context_parse (context, argc, argv, &error))
    {
      cli_usage (command, "%s", error->message);
      return false;
    }
  if (entries != NULL)
    keep_texts (entries);
  if (*argc > 1 && strcmp ((*argv)[1], "--") == 0)
    {
      (*argv)[1] = (*argv)[0];
      (*argv)++;
      (*argc)--;
    }
  if (*argc - 1 < min_words || (max_words >= 0 && *argc - 1 > max_words))
    {
      cli_usage (command, *argc - 1 < min_words ? _ ("something is missing") : _ ("there is a word too many"));
      return false;
    }
  return true;
}

int
cli_fail (GError *error)
{
  /* One line: what came from elsewhere may have more. */
  g_strdelimit (error->message, "\n\r", ' ');
  fprintf (stderr, "tidemark-cli: %s\n", error->message);
  g_error_free (error);
  return CLI_FAILED;
}

int
cli_usage (const CliCommand *command, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_strdelimit (text, "\n\r", ' ');
  fprintf (stderr, _ ("tidemark-cli: %s; usage: tidemark-cli %s %s\n"), text, command->name, command->usage);
  return CLI_USAGE;
}

int
main (int argc, char **argv)
{
  tide_process_return_memory ();
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, TIDE_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_prgname ("tidemark-cli");
  if (argc < 2)
    {
      print_help (stderr);
      return CLI_USAGE;
    }
  if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "help") == 0)
    {
      print_help (stdout);
      return CLI_DONE;
    }
  if (strcmp (argv[1], "--version") == 0)
    {
      printf ("tidemark-cli %s\n", TIDE_VERSION);
      return CLI_DONE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (argv[1], commands[i]->name) == 0)
      return commands[i]->run (argc - 1, argv + 1);
  fprintf (stderr, _ ("tidemark-cli: there is no command '%s'; see tidemark-cli --help\n"), argv[1]);
  return CLI_USAGE;
}
