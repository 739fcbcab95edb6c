/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a metric's values are shown: with its unit, and a share of one in percent. Files get them as they are. Thread: any. */
#pragma once

#include "model.h"

G_BEGIN_DECLS

/* The mean of a field of true and false, or a count over a count that it is part of; and no unit says otherwise. */
bool tide_shown_is_share (const TideMetric *metric);
/* NULL: none. */
const char *tide_shown_unit (const TideMetric *metric);
/* What a value is multiplied by: 100 for a share, else 1. */
double tide_shown_scale (const TideMetric *metric);
/* NAN when there is none. */
double tide_shown_double (const TideMetric *metric, TideValue value);
/* The number alone, for where the unit stands elsewhere; and with it. The caller's. */
char *tide_shown_number (const TideMetric *metric, TideValue value);
char *tide_shown_value (const TideMetric *metric, TideValue value);
/* The title with the unit, over a column; the caller's. */
char *tide_shown_title (const TideMetric *metric, const char *title);

G_END_DECLS
