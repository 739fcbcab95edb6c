/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app-json-panel.h"
#include "app-quarantine-read.h"
#include "pipeline.h"

G_BEGIN_DECLS

/* What may be done with a quarantined event, as a bar of buttons under its payload. Signal: "acted", when an entry is
 * another now. Thread: main. */
#define TIDE_TYPE_QUARANTINE_ACTS (tide_quarantine_acts_get_type ())
G_DECLARE_FINAL_TYPE (TideQuarantineActs, tide_quarantine_acts, TIDE, QUARANTINE_ACTS, AdwBin)

/* @panel shows the payload, and is where it is edited; it holds this. */
GtkWidget *tide_quarantine_acts_new (TideJsonPanel *panel);
void tide_quarantine_acts_set_pipeline (TideQuarantineActs *self, TidePipeline *pipeline);
/* Asks first, then tries all that wait and match. */
void tide_quarantine_acts_replay_all (TideQuarantineActs *self, const TideQuarantineWanted *wanted);
/* All that wait and match; can be undone, so nothing is asked. */
void tide_quarantine_acts_discard_all (TideQuarantineActs *self, const TideQuarantineWanted *wanted);
/* Several that are selected, all of @state: their ids, "17,20". */
void tide_quarantine_acts_set_many (TideQuarantineActs *self, const char *ids, const char *state);
/* Borrowed; NULL: none. @text: its payload as the panel shows it. */
void tide_quarantine_acts_set_entry (TideQuarantineActs *self, const TideQuarantined *entry, const char *text);

G_END_DECLS
