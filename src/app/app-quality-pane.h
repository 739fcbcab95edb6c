/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app-pane.h"

G_BEGIN_DECLS

/* Whether the data is what it should be: streams and their scores, rules, schema, quarantine. Thread: main. */
#define TIDE_TYPE_QUALITY_PANE (tide_quality_pane_get_type ())
G_DECLARE_FINAL_TYPE (TideQualityPane, tide_quality_pane, TIDE, QUALITY_PANE, TideAppPane)

G_END_DECLS
