/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps WAL and database small. Private to store/, for the writer's thread. */
#pragma once

#include "store-private.h"

G_BEGIN_DECLS

typedef struct _TideWal TideWal;

TideWal *tide_wal_new (TideStore *store, sqlite3 *db);
void tide_wal_free (TideWal *wal);
/* To be called after each transaction; mostly does nothing. */
void tide_wal_checkpoint (TideWal *wal);
/* Gives free pages back to the disk once there are many, some at a time. */
void tide_wal_vacuum (TideWal *wal);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideWal, tide_wal_free)

G_END_DECLS
