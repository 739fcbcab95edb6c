/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Detect fields: what samples have, to look over before it goes into the workspace. Thread: main. */
#pragma once

#include <adwaita.h>

#include "pipeline.h"

G_BEGIN_DECLS

/* Signal: "detect" (the button was pressed). */
#define TIDE_TYPE_FIELD_ROWS (tide_field_rows_get_type ())
G_DECLARE_FINAL_TYPE (TideFieldRows, tide_field_rows, TIDE, FIELD_ROWS, AdwPreferencesGroup)

/* Proposes those of @fields (TideDetectedField*, a reference is kept) that @stream (NULL: a new one) lacks. */
void tide_field_rows_set (TideFieldRows *self, GPtrArray *fields, guint n_samples, const TideStream *stream);
/* Puts the chosen fields, and time and key of a stream that has none, into @conf. */
void tide_field_rows_write (TideFieldRows *self, TideConf *conf, const char *stream);

G_END_DECLS
