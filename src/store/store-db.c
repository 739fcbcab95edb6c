/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A workspace's database as opened by this process: the lock, the one connection that writes, and a pool of read-only
 * ones. The lock is on a file of its own, because closing any second descriptor of the database would drop SQLite's
 * locks on it; for the same reason nothing here opens the database but SQLite. Readers are registered, so that the
 * writer can interrupt one that is past its deadline and keeps the WAL from being reset. */
#include "store-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_FILE ".tidemark.lock"
#define POOL_MAX 6
#define DEFAULT_DEADLINE (60 * TIDE_SECOND)
#define PROGRESS_OPS 2000

struct _TideStore
{
  gatomicrefcount refs;
  char *dir, *path, *wal_path;
  int lock_fd;
  sqlite3 *write_db; /* NULL: open for reading */
  GMutex lock;       /* of what follows */
  GPtrArray *idle;   /* TideReader* */
  GPtrArray *active; /* TideReader* inside begin()/end() */
};

struct _TideReader
{
  TideStore *store; /* a reference while it is acquired */
  sqlite3 *db;
  int64_t due_us;   /* monotonic; guarded by the store's lock */
  bool in_transaction;
  gint interrupted; /* atomic */
  GCancellable *cancellable;
};

/**
 * tide_store_set_error:
 * @db: (nullable): whose message is quoted
 * @what: what could not be done
 *
 * Maps an SQLite failure to TIDE_ERROR_*, with SQLite's words and what to do.
 */
void
tide_store_set_error (GError **error, sqlite3 *db, int code, const char *what)
{
  static const struct
  {
    int code;
    TideError error;
    const char *advice;
  } map[] = {
    { SQLITE_FULL, TIDE_ERROR_FULL, "free some space on the disk" },
    { SQLITE_IOERR, TIDE_ERROR_FULL, "see that the disk has room and works" },
    { SQLITE_NOTADB, TIDE_ERROR_CORRUPT, "it is not a Tidemark database: move it away, or restore a backup" },
    { SQLITE_CORRUPT, TIDE_ERROR_CORRUPT, "restore a backup, or rescue what can be read with sqlite3's .recover" },
    { SQLITE_BUSY, TIDE_ERROR_BUSY, "try again" },
    { SQLITE_LOCKED, TIDE_ERROR_BUSY, "try again" },
    { SQLITE_INTERRUPT, TIDE_ERROR_TIMEOUT, "ask for less at once, or try again" },
    { SQLITE_READONLY, TIDE_ERROR_DENIED, "make the folder and the database writable for you" },
    { SQLITE_PERM, TIDE_ERROR_DENIED, "make the folder and the database writable for you" },
    { SQLITE_AUTH, TIDE_ERROR_DENIED, "only reading is allowed here" },
    { SQLITE_CANTOPEN, TIDE_ERROR_DENIED, "see that the folder exists and that you may write in it" },
  };
  TideError kind = TIDE_ERROR_FAILED;
  const char *advice = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (map); i++)
    if (map[i].code == (code & 0xff))
      {
        kind = map[i].error;
        advice = map[i].advice;
      }
  const char *words = db != NULL ? sqlite3_errmsg (db) : sqlite3_errstr (code);
  g_set_error (error, TIDE_ERROR, (int) kind, "%s: %s%s%s", what, words, advice != NULL ? "; " : "",
               advice != NULL ? advice : "");
}

/* --- statements --- */

bool
tide_db_exec (sqlite3 *db, const char *sql, GError **error)
{
  int code = sqlite3_exec (db, sql, NULL, NULL, NULL);
  if (code != SQLITE_OK)
    tide_store_set_error (error, db, code, "the database refused a statement");
  return code == SQLITE_OK;
}

/* How often a statement is begun anew when other connections change the schema meanwhile: SQLite itself does it once. */
#define SCHEMA_RETRIES 100

TideStmt *
tide_db_prepare (sqlite3 *db, const char *sql, GError **error)
{
  sqlite3_stmt *stmt = NULL;
  int code = SQLITE_SCHEMA;
  for (int i = 0; i < SCHEMA_RETRIES && code == SQLITE_SCHEMA; i++)
    code = sqlite3_prepare_v2 (db, sql, -1, &stmt, NULL);
  if (code != SQLITE_OK)
    tide_store_set_error (error, db, code, "the database refused a statement");
  return stmt;
}

bool
tide_db_step (TideStmt *stmt, bool *ret_row, GError **error)
{
  int code = sqlite3_step (stmt);
  for (int i = 0; i < SCHEMA_RETRIES && code == SQLITE_SCHEMA; i++)
    {
      sqlite3_reset (stmt);
      code = sqlite3_step (stmt);
    }
  if (code == SQLITE_ROW || code == SQLITE_DONE)
    {
      *ret_row = code == SQLITE_ROW;
      if (code == SQLITE_DONE)
        sqlite3_reset (stmt);
      return true;
    }
  tide_store_set_error (error, sqlite3_db_handle (stmt), code, "can't read the database");
  sqlite3_reset (stmt);
  return false;
}

bool
tide_db_run (TideStmt *stmt, GError **error)
{
  int code = sqlite3_step (stmt);
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    tide_store_set_error (error, sqlite3_db_handle (stmt), code, "can't write to the database");
  sqlite3_reset (stmt);
  return code == SQLITE_ROW || code == SQLITE_DONE;
}

bool
tide_db_get_int (sqlite3 *db, const char *sql, gint64 fallback, gint64 *ret_value, GError **error)
{
  g_autoptr (TideStmt) stmt = tide_db_prepare (db, sql, error);
  bool row = false;
  if (stmt == NULL || !tide_db_step (stmt, &row, error))
    return false;
  *ret_value = row && sqlite3_column_type (stmt, 0) != SQLITE_NULL ? sqlite3_column_int64 (stmt, 0) : fallback;
  return true;
}

char *
tide_db_dup_text (TideStmt *stmt, int column)
{
  return g_strdup ((const char *) sqlite3_column_text (stmt, column));
}

/* --- opening --- */

/* A workspace that came from someone else must not lead to a file outside of it. */
static void
set_link_error (GError **error, const char *path)
{
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_DENIED,
               "%s is a link to another place, which a workspace may not write to; remove the link, or open the workspace "
               "that it leads to", path);
}

static sqlite3 *
store_open_db (const char *path, int flags, GError **error)
{
  sqlite3 *db = NULL;
  int code = sqlite3_open_v2 (path, &db,
                              flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW, NULL);
  if (code == SQLITE_CANTOPEN_SYMLINK)
    set_link_error (error, path);
  else if (code != SQLITE_OK)
    {
      g_autofree char *what = g_strdup_printf ("can't open %s", path);
      tide_store_set_error (error, db, code, what);
    }
  if (code != SQLITE_OK)
    {
      sqlite3_close (db);
      return NULL;
    }
  sqlite3_busy_timeout (db, TIDE_BUSY_TIMEOUT_MS);
  sqlite3_db_config (db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  return db;
}

static sqlite3 *
store_open_reading (const char *path, GError **error)
{
  sqlite3 *db = store_open_db (path, SQLITE_OPEN_READONLY, error);
  if (db != NULL)
    sqlite3_db_config (db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  return db;
}

/* The file of the lock is written to, so it must be the workspace's own. */
static int
store_open_lock (const char *path, GError **error)
{
  struct stat info;
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
  if (fd >= 0 && fstat (fd, &info) == 0 && S_ISREG (info.st_mode) && info.st_nlink == 1)
    return fd;
  if (fd >= 0 || errno == ELOOP)
    set_link_error (error, path);
  if (fd >= 0)
    close (fd);
  return -1;
}

/* Takes the lock, or says who has it. */
static bool
store_take_lock (TideStore *store, GError **error)
{
  g_autofree char *path = g_build_filename (store->dir, LOCK_FILE, NULL);
  g_autoptr (GError) local_error = NULL;
  store->lock_fd = store_open_lock (path, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return false;
    }
  if (store->lock_fd < 0)
    {
      int saved = errno;
      g_set_error (error, TIDE_ERROR, saved == ENOENT ? TIDE_ERROR_NOT_FOUND : TIDE_ERROR_DENIED,
                   "can't write in the workspace %s: %s; choose a folder in which you may write", store->dir,
                   g_strerror (saved));
      return false;
    }
  char text[32] = "";
  if (flock (store->lock_fd, LOCK_EX | LOCK_NB) != 0)
    {
      ssize_t len = pread (store->lock_fd, text, sizeof text - 1, 0);
      text[len > 0 ? len : 0] = '\0';
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_LOCKED,
                   "another Tidemark (process %s) writes the workspace %s; close it first, or only read here",
                   text[0] != '\0' ? g_strchomp (text) : "unknown", store->dir);
      return false;
    }
  int len = g_snprintf (text, sizeof text, "%d\n", (int) getpid ());
  /* Only for the message above: a lock without a readable owner is as good. */
  if (ftruncate (store->lock_fd, 0) != 0 || pwrite (store->lock_fd, text, (size_t) len, 0) != len)
    g_debug ("can't note the owner in %s", path);
  return true;
}

/* Looks before touching: what is newer, or not ours, stays as it is to the byte. */
static bool
store_check_existing (TideStore *store, GError **error)
{
  struct stat info;
  if (stat (store->path, &info) != 0 || info.st_size == 0)
    return true;
  sqlite3 *db = store_open_db (store->path, SQLITE_OPEN_READWRITE, error);
  if (db == NULL)
    return false;
  sqlite3_db_config (db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  gint64 version = 0;
  bool ok = tide_schema_check (db, store->path, TIDE_SCHEMA_VERSION, &version, error);
  sqlite3_close (db);
  return ok;
}

static bool
store_open_writing (TideStore *store, GError **error)
{
  if (!store_take_lock (store, error) || !store_check_existing (store, error))
    return false;
  store->write_db = store_open_db (store->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);
  if (store->write_db == NULL)
    return false;
  /* auto_vacuum must come before the WAL. Checkpoints are the writer's business. */
  if (!tide_db_exec (store->write_db,
                     "PRAGMA page_size=4096; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL;"
                     "PRAGMA synchronous=FULL; PRAGMA secure_delete=OFF; PRAGMA wal_autocheckpoint=0;"
                     "PRAGMA journal_size_limit=16777216; PRAGMA cache_size=-4096; PRAGMA foreign_keys=OFF",
                     error)
      || !tide_schema_migrate (store->write_db, store->path, tide_schema_migrations, TIDE_SCHEMA_VERSION, error))
    return false;
  return tide_db_exec (store->write_db,
                       "UPDATE run SET status='failed', error='Tidemark ended before the run did'"
                       " WHERE status='running'",
                       error);
}

/* Reading: it must be there, ours, and of this version. */
static bool
store_open_existing (TideStore *store, GError **error)
{
  if (!g_file_test (store->path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND,
                   "there is no database in %s yet; run the workspace first", store->dir);
      return false;
    }
  sqlite3 *db = store_open_reading (store->path, error);
  if (db == NULL)
    return false;
  gint64 version = 0;
  bool ok = tide_schema_check (db, store->path, TIDE_SCHEMA_VERSION, &version, error);
  sqlite3_close (db);
  if (ok && version < TIDE_SCHEMA_VERSION)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND,
                   "the database in %s was made by an older Tidemark; run the workspace once to upgrade it",
                   store->dir);
      return false;
    }
  return ok;
}

/**
 * tide_store_open:
 * @dir: the workspace's folder
 *
 * Returns: (transfer full): the store, or NULL
 *
 * Errors: LOCKED, NEWER and CORRUPT (nothing is touched), FULL, NOT_FOUND, DENIED.
 * Thread: not main.
 */
TideStore *
tide_store_open (const char *dir, TideStoreMode mode, GError **error)
{
  tide_assert_not_main_thread ();
  TideStore *store = g_new0 (TideStore, 1);
  g_atomic_ref_count_init (&store->refs);
  g_mutex_init (&store->lock);
  g_autofree char *absolute = g_canonicalize_filename (dir, NULL);
  char *real = realpath (absolute, NULL); /* the person's own links to the folder are fine */
  store->dir = g_strdup (real != NULL ? real : absolute);
  free (real);
  store->path = g_build_filename (store->dir, TIDE_DATABASE_FILE, NULL);
  store->wal_path = g_strconcat (store->path, "-wal", NULL);
  store->lock_fd = -1;
  store->idle = g_ptr_array_new ();
  store->active = g_ptr_array_new ();
  if (!(mode == TIDE_STORE_WRITE ? store_open_writing (store, error) : store_open_existing (store, error)))
    {
      tide_store_unref (store);
      return NULL;
    }
  return store;
}

TideStore *
tide_store_ref (TideStore *store)
{
  g_atomic_ref_count_inc (&store->refs);
  return store;
}

static void
reader_free (TideReader *reader)
{
  sqlite3_close_v2 (reader->db);
  g_free (reader);
}

void
tide_store_unref (TideStore *store)
{
  if (store == NULL || !g_atomic_ref_count_dec (&store->refs))
    return;
  g_ptr_array_foreach (store->idle, (GFunc) (void (*) (void)) reader_free, NULL);
  g_ptr_array_unref (store->idle);
  g_ptr_array_unref (store->active);
  sqlite3_close_v2 (store->write_db);
  if (store->lock_fd >= 0)
    close (store->lock_fd);
  g_mutex_clear (&store->lock);
  g_free (store->dir);
  g_free (store->path);
  g_free (store->wal_path);
  g_free (store);
}

const char *
tide_store_get_dir (const TideStore *store)
{
  return store->dir;
}

const char *
tide_store_get_path (const TideStore *store)
{
  return store->path;
}

sqlite3 *
tide_store_get_write_db (TideStore *store)
{
  return store->write_db;
}

/**
 * tide_store_get_sizes:
 *
 * Bytes of database and WAL on the disk. Thread: any but main.
 */
void
tide_store_get_sizes (TideStore *store, gint64 *ret_database_bytes, gint64 *ret_wal_bytes)
{
  struct stat info;
  *ret_database_bytes = stat (store->path, &info) == 0 ? info.st_size : 0;
  *ret_wal_bytes = stat (store->wal_path, &info) == 0 ? info.st_size : 0;
}

/* --- readers --- */

sqlite3 *
tide_store_connect (TideStore *store, GError **error)
{
  return store_open_reading (store->path, error);
}

/* Runs every PROGRESS_OPS steps of SQLite's machine, and so also catches what came between two statements. */
static int
reader_progress (void *data)
{
  TideReader *reader = data;
  return g_atomic_int_get (&reader->interrupted) || g_cancellable_is_cancelled (reader->cancellable);
}

/**
 * tide_store_acquire_reader:
 *
 * Returns: (transfer full): a read-only connection, for one thread at a time; tide_reader_release()
 *
 * Errors: DENIED, CORRUPT. Thread: not main.
 */
TideReader *
tide_store_acquire_reader (TideStore *store, GError **error)
{
  tide_assert_not_main_thread ();
  TideReader *reader = NULL;
  g_mutex_lock (&store->lock);
  if (store->idle->len > 0)
    reader = g_ptr_array_steal_index_fast (store->idle, store->idle->len - 1);
  g_mutex_unlock (&store->lock);
  if (reader == NULL)
    {
      sqlite3 *db = store_open_reading (store->path, error);
      if (db == NULL)
        return NULL;
      reader = g_new0 (TideReader, 1);
      reader->db = db;
      sqlite3_progress_handler (db, PROGRESS_OPS, reader_progress, reader);
    }
  reader->store = tide_store_ref (store);
  return reader;
}

void
tide_reader_release (TideReader *reader)
{
  if (reader == NULL)
    return;
  tide_reader_end (reader);
  TideStore *store = g_steal_pointer (&reader->store);
  g_mutex_lock (&store->lock);
  bool keep = store->idle->len < POOL_MAX;
  if (keep)
    g_ptr_array_add (store->idle, reader);
  g_mutex_unlock (&store->lock);
  if (!keep)
    reader_free (reader);
  tide_store_unref (store);
}

/**
 * tide_reader_begin:
 * @deadline: how long it may keep the WAL from shrinking; 0: the default
 * @cancellable: (nullable): borrowed until end()
 *
 * Errors: BUSY, CORRUPT, CANCELLED.
 */
bool
tide_reader_begin (TideReader *reader, TideDuration deadline, GCancellable *cancellable, GError **error)
{
  g_assert (!reader->in_transaction);
  g_atomic_int_set (&reader->interrupted, 0);
  g_set_object (&reader->cancellable, cancellable);
  reader->in_transaction = true;
  reader->due_us = g_get_monotonic_time () + (deadline > 0 ? deadline : DEFAULT_DEADLINE);
  g_mutex_lock (&reader->store->lock);
  g_ptr_array_add (reader->store->active, reader);
  g_mutex_unlock (&reader->store->lock);
  /* BEGIN alone takes no snapshot: the first read does. */
  gint64 value = 0;
  if (tide_reader_check (reader, error) && tide_db_exec (reader->db, "BEGIN", error)
      && tide_db_get_int (reader->db, "SELECT count(*) FROM meta", 0, &value, error))
    return true;
  tide_reader_end (reader);
  return false;
}

void
tide_reader_end (TideReader *reader)
{
  if (!reader->in_transaction)
    return;
  g_mutex_lock (&reader->store->lock);
  g_ptr_array_remove_fast (reader->store->active, reader);
  g_mutex_unlock (&reader->store->lock);
  g_clear_object (&reader->cancellable);
  g_atomic_int_set (&reader->interrupted, 0);
  if (!sqlite3_get_autocommit (reader->db))
    sqlite3_exec (reader->db, "ROLLBACK", NULL, NULL, NULL);
  reader->in_transaction = false;
}

sqlite3 *
tide_reader_get_db (TideReader *reader)
{
  return reader->db;
}

bool
tide_reader_check (TideReader *reader, GError **error)
{
  if (g_cancellable_is_cancelled (reader->cancellable))
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_CANCELLED, "cancelled");
      return false;
    }
  if (g_atomic_int_get (&reader->interrupted))
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_TIMEOUT,
                   "the read took too long while much was written; ask for less at once, or try again");
      return false;
    }
  return true;
}

guint
tide_store_interrupt_overdue (TideStore *store)
{
  int64_t now = g_get_monotonic_time ();
  guint n = 0;
  g_mutex_lock (&store->lock);
  for (guint i = 0; i < store->active->len; i++)
    {
      TideReader *reader = g_ptr_array_index (store->active, i);
      if (reader->due_us > now)
        continue;
      g_atomic_int_set (&reader->interrupted, 1);
      sqlite3_interrupt (reader->db);
      n++;
    }
  g_mutex_unlock (&store->lock);
  return n;
}
