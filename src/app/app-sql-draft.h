/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SQL file of an analysis while it is edited: text with undo, whether it is saved, whether it is right. Signals:
 * "status": what the status line says is another; "saved" (const char *before): the file holds the text now;
 * "failed" (const char *message): it could not be read or written. Thread: main. */
#pragma once

#include <gtksourceview/gtksource.h>

#include "pipeline.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_SQL_CHECKING,
  TIDE_SQL_VALID,
  TIDE_SQL_INVALID,
} TideSqlState;

#define TIDE_TYPE_SQL_DRAFT (tide_sql_draft_get_type ())
G_DECLARE_FINAL_TYPE (TideSqlDraft, tide_sql_draft, TIDE, SQL_DRAFT, GObject)

/* @file: under analyses/. Reads it at once, on a worker. */
TideSqlDraft *tide_sql_draft_new (TidePipeline *pipeline, const char *file);
GtkSourceBuffer *tide_sql_draft_get_buffer (TideSqlDraft *self);
const char *tide_sql_draft_get_file (TideSqlDraft *self);
bool tide_sql_draft_is_modified (TideSqlDraft *self);
/* Its text is on the way to the file. */
bool tide_sql_draft_is_saving (TideSqlDraft *self);
TideSqlState tide_sql_draft_get_state (TideSqlDraft *self);
/* "Reads 5 fields of orders", or line and cause; may be "". */
const char *tide_sql_draft_get_message (TideSqlDraft *self);
/* Reads the file again, unless there are changes to it here: it may have been edited elsewhere. */
void tide_sql_draft_reload (TideSqlDraft *self);
/* Compiles the text again: streams may be others. */
void tide_sql_draft_check (TideSqlDraft *self);
/* Writes the file, on a worker. */
void tide_sql_draft_save (TideSqlDraft *self);
/* What the file holds counts again. */
void tide_sql_draft_discard (TideSqlDraft *self);
/* Puts @text in, as one step that can be undone. */
void tide_sql_draft_replace (TideSqlDraft *self, const char *text);

/* "Reads 5 fields of orders and payments" of tide_sql_get_reads(). */
char *tide_sql_describe_reads (char **reads);
/* The line that a message of tide_sql_prepare() names, from 1; 0: none. */
int tide_sql_error_line (const char *message);

G_END_DECLS
