/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model.h"
#include "state.h"
#include <sqlite3.h>

G_BEGIN_DECLS

/* A workspace's database, opened by this process. Owner: holds the flock and may write; else only readers. */
typedef struct _TideStore TideStore;

typedef enum
{
  TIDE_STORE_READ,  /* must exist */
  TIDE_STORE_WRITE, /* created or migrated when needed; takes the lock: TIDE_ERROR_LOCKED names who has it */
} TideStoreMode;

/* Errors: LOCKED, NEWER (nothing is touched), CORRUPT (says what to do), FULL, NOT_FOUND. Thread: not main. */
TideStore *tide_store_open (const char *dir, TideStoreMode mode, GError **error);
TideStore *tide_store_ref (TideStore *store);
void tide_store_unref (TideStore *store);
const char *tide_store_get_dir (const TideStore *store);
/* Bytes of database and WAL. */
void tide_store_get_sizes (TideStore *store, gint64 *ret_database_bytes, gint64 *ret_wal_bytes);

/* A read-only connection, used by one thread at a time; from a pool, given back by release. */
typedef struct _TideReader TideReader;

TideReader *tide_store_acquire_reader (TideStore *store, GError **error);
void tide_reader_release (TideReader *reader);
/* One read transaction: everything read until end() is of one moment. @deadline_us after which it may be
 * interrupted when the WAL passes its limit (0: the default); @cancellable may be NULL. */
bool tide_reader_begin (TideReader *reader, TideDuration deadline, GCancellable *cancellable, GError **error);
void tide_reader_end (TideReader *reader);
sqlite3 *tide_reader_get_db (TideReader *reader);

/* Maps an SQLite failure to TIDE_ERROR_*, with SQLite's words and what to do. */
void tide_store_set_error (GError **error, sqlite3 *db, int code, const char *what);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideStore, tide_store_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideReader, tide_reader_release)

G_END_DECLS
