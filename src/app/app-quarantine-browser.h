/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pipeline.h"

G_BEGIN_DECLS

/* The events that could not be taken: when, why, from where, and the whole payload. Thread: main. */
#define TIDE_TYPE_QUARANTINE_BROWSER (tide_quarantine_browser_get_type ())
G_DECLARE_FINAL_TYPE (TideQuarantineBrowser, tide_quarantine_browser, TIDE, QUARANTINE_BROWSER, AdwBin)

void tide_quarantine_browser_set_pipeline (TideQuarantineBrowser *self, TidePipeline *pipeline);
void tide_quarantine_browser_workspace_changed (TideQuarantineBrowser *self);
/* With each status, while it is shown: reads what came. */
void tide_quarantine_browser_tick (TideQuarantineBrowser *self, const TideStatus *status);
void tide_quarantine_browser_set_quarantined (TideQuarantineBrowser *self, const char *label);
/* Focus to the table. */
void tide_quarantine_browser_search (TideQuarantineBrowser *self);

G_END_DECLS
