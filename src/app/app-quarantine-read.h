/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the quarantine on a worker. */
#pragma once

#include "app-json-panel.h"
#include "app-pane.h"

G_BEGIN_DECLS

/* Which entries; a filter of the store that owns its texts. */
typedef struct
{
  char *stream, *state, *rule, *field, *text; /* NULL: any */
  gint64 id;                                  /* 0: any */
  char *ids;                                  /* "17,20": just these; NULL: any */
  TideTime changed;                           /* last at this moment; NONE, 0: any */
} TideQuarantineWanted;

TideQuarantineWanted *tide_quarantine_wanted_copy (const TideQuarantineWanted *wanted);
void tide_quarantine_wanted_clear (TideQuarantineWanted *wanted);
void tide_quarantine_wanted_free (TideQuarantineWanted *wanted);
/* Borrows @wanted's texts. */
TideQuarantineFilter tide_quarantine_wanted_filter (const TideQuarantineWanted *wanted);

#define TIDE_QUARANTINE_PAGE 50

/* tide_pipeline_run_finish() gives a page of TideQuarantined*, newest first, before @before_id (0: from the newest);
 * without payloads, since a list of them could be gigabytes. Thread: main. */
void tide_quarantine_list_async (TidePipeline *pipeline, const TideQuarantineWanted *wanted, gint64 before_id,
                                 GCancellable *cancellable, GAsyncReadyCallback callback, void *data);
/* The same for the one entry, with its payload; an empty list when it is gone. */
void tide_quarantine_read_async (TidePipeline *pipeline, gint64 id, GCancellable *cancellable, GAsyncReadyCallback callback,
                                 void *data);
/* All that match, with payloads. */
TideAppExport *tide_quarantine_export (const TideQuarantineWanted *wanted);
/* The payload as text; JSON is laid out. @max_bytes: what is longer is cut, with a note of how much. */
char *tide_quarantine_payload_text (GBytes *payload, gsize max_bytes);
/* Where each field that broke a rule stands in the payload that @panel shows. */
void tide_quarantine_mark_broken (TideJsonPanel *panel, TidePipeline *pipeline, const TideQuarantined *entry);

G_END_DECLS
