/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "app-pane.h"

G_BEGIN_DECLS

/* The events that could not be taken: when, why, from where, and the whole payload. Signals of the full form: "changed"
 * (an entry was), "export" (the person asks for a file). Thread: main. */
#define TIDE_TYPE_QUARANTINE_BROWSER (tide_quarantine_browser_get_type ())
G_DECLARE_FINAL_TYPE (TideQuarantineBrowser, tide_quarantine_browser, TIDE, QUARANTINE_BROWSER, AdwBin)

/* With what may be done with an entry, by its state, and with a search; without it stands beside the events. */
void tide_quarantine_browser_set_full (TideQuarantineBrowser *self);
void tide_quarantine_browser_set_pipeline (TideQuarantineBrowser *self, TidePipeline *pipeline);
void tide_quarantine_browser_workspace_changed (TideQuarantineBrowser *self);
/* With each status, while it is shown: reads what came. */
void tide_quarantine_browser_tick (TideQuarantineBrowser *self, const TideStatus *status);
void tide_quarantine_browser_set_quarantined (TideQuarantineBrowser *self, const char *label);
/* Focus to the table or, in the full form, to the search. */
void tide_quarantine_browser_search (TideQuarantineBrowser *self);
/* Full form: shows just this stream, and just what broke this rule ("amount.min"; NULL: any). */
void tide_quarantine_browser_set_stream (TideQuarantineBrowser *self, const char *stream);
void tide_quarantine_browser_set_rule (TideQuarantineBrowser *self, const char *rule);
void tide_quarantine_browser_set_counts (TideQuarantineBrowser *self, gint64 waiting, gint64 replayed, gint64 discarded);
/* All that match what is shown; NULL: nothing does. */
TideAppExport *tide_quarantine_browser_get_export (TideQuarantineBrowser *self);

G_END_DECLS
