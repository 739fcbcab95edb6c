/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Since when a stream's events have what its schema has not: kept, since a source only knows what it saw since its start. */
#pragma once

#include "store-db.h"
#include "store-writer.h"

G_BEGIN_DECLS

typedef struct
{
  char *stream, *kind, *path; /* kind: "new", "changed", "vanished" */
  TideTime first_seen, last_seen;
  gint64 seen, sampled;       /* samples with it, of so many, when it was looked at last */
} TideDriftSeen;

void tide_drift_seen_free (TideDriftSeen *seen);
/* TideDriftSeen* elements. */
GPtrArray *tide_store_get_drift (TideReader *reader, GError **error);
/* What is there keeps its first_seen; forgets what was last seen before @before. */
bool tide_drift_save (TideWriter *writer, GPtrArray *seen, TideTime before, GError **error);

G_END_DECLS
