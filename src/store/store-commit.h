/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one transaction of the writer does. Private to store/, for the writer's thread. */
#pragma once

#include "store-block.h"
#include "store-delivery.h"

G_BEGIN_DECLS

typedef struct _TideCommitter TideCommitter;

TideCommitter *tide_committer_new (sqlite3 *db, GError **error);
void tide_committer_free (TideCommitter *committer);
/* Writes events, positions, gaps and rejected ones of all @queued in one transaction, or none. *ret_commits:
 * TideCommitted, one a stream, their names borrowed from @queued. */
bool tide_committer_commit (TideCommitter *committer, TideQueued *const *queued, guint n, GArray *ret_commits,
                            GError **error);
/* Forgets what it knows of the database, after others have written to it. */
void tide_committer_forget (TideCommitter *committer);

/* One merge of small blocks, when one is due; *ret_sealed says whether there was. In transactions of its own. */
typedef struct _TideSealer TideSealer;

TideSealer *tide_sealer_new (sqlite3 *db, GError **error);
void tide_sealer_free (TideSealer *sealer);
bool tide_sealer_step (TideSealer *sealer, bool *ret_sealed, GError **error);
/* Looks at this stream again: it has new blocks. NULL: at all. */
void tide_sealer_wake (TideSealer *sealer, const char *stream);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideCommitter, tide_committer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideSealer, tide_sealer_free)

G_END_DECLS
