/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pipeline.h"

#include <glib/gi18n.h>
#include <stdio.h>

G_BEGIN_DECLS

/* A command: one file cli-NAME.c and a row in main.c. Gets its words after the name; returns the exit status. */
typedef struct
{
  const char *name;
  const char *usage; /* "DIR [--demo]" */
  const char *help;  /* one line, marked with N_() */
  int (*run) (int argc, char **argv);
} CliCommand;

extern const CliCommand cli_accept, cli_advise, cli_init, cli_check, cli_run, cli_batch, cli_quarantine, cli_query, cli_sql, cli_export,
    cli_bench;

enum
{
  CLI_DONE = 0,
  CLI_FAILED = 1,
  CLI_USAGE = 2,
};

/* Parses options; what is left in @argv are the words. FALSE: said what is wrong, return CLI_USAGE. */
bool cli_parse (const CliCommand *command, int *argc, char ***argv, const GOptionEntry *entries, int min_words,
                int max_words);
/* One line on standard error; takes @error. Returns CLI_FAILED, or CLI_USAGE for an argument that can't be. */
int cli_fail (GError *error);
int cli_usage (const CliCommand *command, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Rows on standard output. */
typedef enum
{
  CLI_CSV,
  CLI_JSON, /* an array, an object a line */
  CLI_TABLE,
} CliFormat;

typedef struct _CliOutput CliOutput;

bool cli_format_parse (const char *text, CliFormat *ret_format);
CliOutput *cli_output_new (CliFormat format, const char *const *columns);
/* A cell that is a number is written bare in JSON and to the right in a table; NULL is null. */
void cli_output_cell (CliOutput *output, const char *text, gssize len, bool is_number);
bool cli_output_end_row (CliOutput *output, GError **error);
bool cli_output_finish (CliOutput *output, GError **error);
void cli_output_free (CliOutput *output);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliOutput, cli_output_free)

G_END_DECLS
