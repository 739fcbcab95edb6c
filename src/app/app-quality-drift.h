/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pipeline.h"

G_BEGIN_DECLS

/* What events have and the schema does not, or the reverse, of one stream. Thread: main. */
#define TIDE_TYPE_QUALITY_DRIFT (tide_quality_drift_get_type ())
G_DECLARE_FINAL_TYPE (TideQualityDrift, tide_quality_drift, TIDE, QUALITY_DRIFT, AdwBin)

/* Borrowed; @pipeline, @status and @stream may be NULL. Rows are made anew only when there is something new. */
void tide_quality_drift_set (TideQualityDrift *self, TidePipeline *pipeline, const TideStatus *status, const char *stream);

G_END_DECLS
