/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Test connection: a row for each step, as it ends. Thread: main. */
#pragma once

#include <adwaita.h>

#include "pipeline.h"

G_BEGIN_DECLS

/* Signals: "start" (the button was pressed: answer with tide_probe_rows_run()), "sampled" (samples are there). */
#define TIDE_TYPE_PROBE_ROWS (tide_probe_rows_get_type ())
G_DECLARE_FINAL_TYPE (TideProbeRows, tide_probe_rows, TIDE, PROBE_ROWS, AdwPreferencesGroup)

/* Tests the source @name of @conf. @secret NULL: the one that is kept. @decode: tell how many samples the stream takes. */
void tide_probe_rows_run (TideProbeRows *self, TidePipeline *pipeline, const TideConf *conf, const char *name,
                          const char *secret, bool decode);
/* Instead of a run: one failed row. */
void tide_probe_rows_fail (TideProbeRows *self, const char *title, const char *detail);
/* TideDetectedField* of the samples; borrowed; NULL before there are any. */
GPtrArray *tide_probe_rows_get_fields (TideProbeRows *self, guint *ret_n_samples);

G_END_DECLS
