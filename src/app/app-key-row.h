/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The row of the preferences that edits one key of a kind of source. Thread: main. */
#pragma once

#include <adwaita.h>

#include "model.h"

G_BEGIN_DECLS

typedef struct _TideKeyRow TideKeyRow;

/* Adds its rows to @group, showing what @conf says in @section (NULL: a new source). */
TideKeyRow *tide_key_row_new (const TideKeySpec *spec, AdwPreferencesGroup *group, const TideConf *conf,
                              const char *section);
/* Its widgets must still be there. */
void tide_key_row_free (TideKeyRow *row);
const char *tide_key_row_get_name (const TideKeyRow *row);
/* What the key would be set to; empty: not set. The caller's. */
char *tide_key_row_get_value (const TideKeyRow *row);
void tide_key_row_set_visible (TideKeyRow *row, bool visible);
/* @changed (object): another choice was made. Only for a row of choices. */
void tide_key_row_connect (TideKeyRow *row, GCallback changed, GObject *object);
/* Whether what was typed suits; what is expected shows in the row when it does not. */
bool tide_key_row_check (TideKeyRow *row);
/* Puts what was typed into @section. A fallback that the file does not name stays unnamed. */
void tide_key_row_write (const TideKeyRow *row, TideConf *conf, const char *section);
/* A word of the file for a person: "sasl-tls" → "SASL over TLS". */
char *tide_key_choice_title (const char *choice);

G_END_DECLS
