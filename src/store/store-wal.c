/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moves the WAL into the database every few MB, on the writer's thread, so that no commit of someone else's pays for it.
 * The WAL starts over once all of it was moved and nobody reads it any more. A reader that stays lets it grow; past the
 * limit those that are over their deadline are interrupted, and well past it the writer waits for the others, up to a
 * second for each few MB, which holds the sources up: so its size is bounded by what comes in a deadline at that pace.
 * The wait is no longer, since a reader may itself wait for a call of the writer.
 * Limit: readers of other processes can't be interrupted; their own deadlines end them. */
#include "store-fault.h"
#include "store-wal.h"

#define CHECKPOINT_PAGES 2000
#define LIMIT_PAGES 16384
#define WAIT_MS 50
#define SLOW_PAGES 24576
#define SLOW_CHECKPOINT_PAGES 500
#define SLOW_WAIT_MS 1000
#define VACUUM_PAGES 256
#define VACUUM_FROM_PAGES 4096

struct _TideWal
{
  TideStore *store; /* borrowed */
  sqlite3 *db;
  int pages;         /* in it after the last commit */
  int checkpoint_at; /* pages */
};

static int
on_commit (void *data, sqlite3 *db, const char *schema, int pages)
{
  TideWal *wal = data;
  if (pages < wal->pages) /* it has started over */
    wal->checkpoint_at = CHECKPOINT_PAGES;
  wal->pages = pages;
  return SQLITE_OK;
}

TideWal *
tide_wal_new (TideStore *store, sqlite3 *db)
{
  TideWal *wal = g_new0 (TideWal, 1);
  wal->store = store;
  wal->db = db;
  wal->checkpoint_at = CHECKPOINT_PAGES;
  sqlite3_wal_hook (db, on_commit, wal);
  return wal;
}

void
tide_wal_free (TideWal *wal)
{
  if (wal == NULL)
    return;
  sqlite3_wal_hook (wal->db, NULL, NULL);
  g_free (wal);
}

void
tide_wal_checkpoint (TideWal *wal)
{
  if (wal->pages < wal->checkpoint_at)
    return;
  bool over = wal->pages > LIMIT_PAGES, slow = wal->pages > SLOW_PAGES;
  if (over)
    tide_store_interrupt_overdue (wal->store);
  sqlite3_busy_timeout (wal->db, slow ? SLOW_WAIT_MS : WAIT_MS);
  sqlite3_wal_checkpoint_v2 (wal->db, "main", over ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
  sqlite3_busy_timeout (wal->db, TIDE_BUSY_TIMEOUT_MS);
  wal->checkpoint_at = wal->pages + (slow ? SLOW_CHECKPOINT_PAGES : CHECKPOINT_PAGES);
  tide_fault_point ("checkpoint-done");
}

void
tide_wal_vacuum (TideWal *wal)
{
  gint64 free_pages = 0;
  if (!tide_db_get_int (wal->db, "PRAGMA freelist_count", 0, &free_pages, NULL) || free_pages < VACUUM_FROM_PAGES)
    return;
  g_autofree char *sql = g_strdup_printf ("PRAGMA incremental_vacuum(%d)", VACUUM_PAGES);
  sqlite3_exec (wal->db, sql, NULL, NULL, NULL);
}
