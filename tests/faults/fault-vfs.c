/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file system for SQLite that passes everything on to the real one, except for what the fault page asks for: errors of
 * chosen operations, and a loss of power. For the latter it keeps what stood in each sector before the first write since
 * the file's last sync; losing power puts back a random half of these sectors, in the worst case that a disk allows,
 * and ends the process. All methods of shared memory are passed on: without them SQLite would leave WAL mode in silence. */
#include "fault-page.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define SECTOR 512

/* What is not synced of a file. Files are known by path: several connections have the same one open. */
typedef struct
{
  char *path;
  GHashTable *sectors; /* number → SECTOR bytes as they were */
  sqlite3_int64 size;  /* at the last sync; -1: nothing was written since */
  sqlite3_file *last;  /* a handle that can write */
} Unsynced;

typedef struct
{
  sqlite3_file base;
  Unsynced *unsynced; /* NULL: not a file that must survive */
  sqlite3_file real[];
} File;

static sqlite3_vfs *real_vfs;
static GMutex lock; /* of what follows, and of every write */
static GHashTable *files;

static sqlite3_file *
real_of (sqlite3_file *file)
{
  return ((File *) file)->real;
}

/* --- losing power --- */

static void
lose (Unsynced *unsynced, GRand *rand)
{
  GHashTableIter iter;
  gpointer number, bytes;
  sqlite3_file *file = unsynced->last;
  if (unsynced->size < 0 || file == NULL)
    return;
  g_hash_table_iter_init (&iter, unsynced->sectors);
  while (g_hash_table_iter_next (&iter, &number, &bytes))
    if (g_rand_boolean (rand))
      file->pMethods->xWrite (file, bytes, SECTOR, (sqlite3_int64) GPOINTER_TO_SIZE (number) * SECTOR);
  sqlite3_int64 size = 0;
  file->pMethods->xFileSize (file, &size);
  /* The length of a file is written apart from what is in it. */
  if (size > unsynced->size && g_rand_boolean (rand))
    file->pMethods->xTruncate (file, unsynced->size);
}

void
fault_end (FaultAction action)
{
  if (action == FAULT_POWER_LOSS)
    {
      g_mutex_lock (&lock); /* for good: nothing is written any more */
      g_autoptr (GRand) rand = g_rand_new_with_seed (fault_page->seed);
      GHashTableIter iter;
      gpointer unsynced;
      g_hash_table_iter_init (&iter, files);
      while (g_hash_table_iter_next (&iter, NULL, &unsynced))
        lose (unsynced, rand);
    }
  if (action != FAULT_NOTHING)
    {
      kill (getpid (), SIGKILL);
      for (;;)
        pause ();
    }
}

/* --- failing --- */

/* SQLITE_OK, or what the operation shall fail with. */
static int
fail (gint32 kind)
{
  if ((g_atomic_int_get (&fault_page->op_kinds) & kind) == 0)
    return SQLITE_OK;
  gint32 after = g_atomic_int_get (&fault_page->op_after);
  if (after <= 0)
    return SQLITE_OK;
  if (after > 1)
    {
      g_atomic_int_add (&fault_page->op_after, -1);
      return SQLITE_OK;
    }
  if (g_atomic_int_add (&fault_page->op_count, -1) <= 1)
    g_atomic_int_set (&fault_page->op_after, 0);
  g_atomic_int_inc (&fault_page->hits);
  fault_end ((FaultAction) g_atomic_int_get (&fault_page->op_action));
  return g_atomic_int_get (&fault_page->op_code);
}

/* --- files --- */

/* Keeps what stands in [offset, offset + n). Locked. */
static void
keep (File *file, sqlite3_int64 offset, sqlite3_int64 n)
{
  Unsynced *unsynced = file->unsynced;
  if (unsynced->size < 0)
    file->real->pMethods->xFileSize (file->real, &unsynced->size);
  unsynced->last = file->real;
  for (sqlite3_int64 sector = offset / SECTOR; sector * SECTOR < offset + n; sector++)
    {
      gpointer number = GSIZE_TO_POINTER ((gsize) sector);
      if (g_hash_table_contains (unsynced->sectors, number))
        continue;
      guint8 *bytes = g_malloc0 (SECTOR);
      file->real->pMethods->xRead (file->real, bytes, SECTOR, sector * SECTOR); /* short: zeros */
      g_hash_table_insert (unsynced->sectors, number, bytes);
    }
}

static int
file_close (sqlite3_file *base)
{
  File *file = (File *) base;
  g_mutex_lock (&lock);
  if (file->unsynced != NULL && file->unsynced->last == file->real)
    file->unsynced->last = NULL;
  int code = file->real->pMethods->xClose (file->real);
  g_mutex_unlock (&lock);
  return code;
}

static int
file_read (sqlite3_file *file, void *bytes, int n, sqlite3_int64 offset)
{
  int code = fail (FAULT_READ);
  return code != SQLITE_OK ? code : real_of (file)->pMethods->xRead (real_of (file), bytes, n, offset);
}

static int
file_write (sqlite3_file *base, const void *bytes, int n, sqlite3_int64 offset)
{
  File *file = (File *) base;
  int code = fail (FAULT_WRITE);
  if (code != SQLITE_OK)
    return code;
  g_mutex_lock (&lock);
  if (file->unsynced != NULL)
    keep (file, offset, n);
  code = file->real->pMethods->xWrite (file->real, bytes, n, offset);
  g_mutex_unlock (&lock);
  return code;
}

static int
file_truncate (sqlite3_file *base, sqlite3_int64 size)
{
  File *file = (File *) base;
  int code = fail (FAULT_WRITE);
  if (code != SQLITE_OK)
    return code;
  g_mutex_lock (&lock);
  sqlite3_int64 before = 0;
  file->real->pMethods->xFileSize (file->real, &before);
  if (file->unsynced != NULL && size < before)
    keep (file, size, before - size);
  code = file->real->pMethods->xTruncate (file->real, size);
  g_mutex_unlock (&lock);
  return code;
}

static int
file_sync (sqlite3_file *base, int flags)
{
  File *file = (File *) base;
  int code = fail (FAULT_SYNC);
  if (code != SQLITE_OK)
    return code;
  g_mutex_lock (&lock);
  code = file->real->pMethods->xSync (file->real, flags);
  if (code == SQLITE_OK && file->unsynced != NULL)
    {
      g_hash_table_remove_all (file->unsynced->sectors);
      file->unsynced->size = -1;
    }
  g_mutex_unlock (&lock);
  return code;
}

static int
file_size (sqlite3_file *file, sqlite3_int64 *size)
{
  return real_of (file)->pMethods->xFileSize (real_of (file), size);
}

static int
file_lock (sqlite3_file *file, int level)
{
  return real_of (file)->pMethods->xLock (real_of (file), level);
}

static int
file_unlock (sqlite3_file *file, int level)
{
  return real_of (file)->pMethods->xUnlock (real_of (file), level);
}

static int
file_check_reserved (sqlite3_file *file, int *reserved)
{
  return real_of (file)->pMethods->xCheckReservedLock (real_of (file), reserved);
}

static int
file_control (sqlite3_file *file, int op, void *arg)
{
  return real_of (file)->pMethods->xFileControl (real_of (file), op, arg);
}

static int
file_sector_size (sqlite3_file *file)
{
  return real_of (file)->pMethods->xSectorSize (real_of (file));
}

static int
file_characteristics (sqlite3_file *file)
{
  return real_of (file)->pMethods->xDeviceCharacteristics (real_of (file));
}

static int
file_shm_map (sqlite3_file *file, int page, int size, int extend, void volatile **memory)
{
  return real_of (file)->pMethods->xShmMap (real_of (file), page, size, extend, memory);
}

/* The first lock is the one of who writes. */
static int
file_shm_lock (sqlite3_file *file, int offset, int n, int flags)
{
  if (offset == 0 && flags == (SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE))
    {
      int code = fail (FAULT_LOCK);
      if (code != SQLITE_OK)
        return code;
    }
  return real_of (file)->pMethods->xShmLock (real_of (file), offset, n, flags);
}

static void
file_shm_barrier (sqlite3_file *file)
{
  real_of (file)->pMethods->xShmBarrier (real_of (file));
}

static int
file_shm_unmap (sqlite3_file *file, int delete)
{
  return real_of (file)->pMethods->xShmUnmap (real_of (file), delete);
}

static int
file_fetch (sqlite3_file *file, sqlite3_int64 offset, int n, void **memory)
{
  return real_of (file)->pMethods->xFetch (real_of (file), offset, n, memory);
}

static int
file_unfetch (sqlite3_file *file, sqlite3_int64 offset, void *memory)
{
  return real_of (file)->pMethods->xUnfetch (real_of (file), offset, memory);
}

static const sqlite3_io_methods methods = {
  3,
  file_close,
  file_read,
  file_write,
  file_truncate,
  file_sync,
  file_size,
  file_lock,
  file_unlock,
  file_check_reserved,
  file_control,
  file_sector_size,
  file_characteristics,
  file_shm_map,
  file_shm_lock,
  file_shm_barrier,
  file_shm_unmap,
  file_fetch,
  file_unfetch,
};

/* --- the file system --- */

static Unsynced *
find_unsynced (const char *path)
{
  g_mutex_lock (&lock);
  Unsynced *unsynced = g_hash_table_lookup (files, path);
  if (unsynced == NULL)
    {
      unsynced = g_new0 (Unsynced, 1);
      unsynced->path = g_strdup (path);
      unsynced->sectors = g_hash_table_new_full (NULL, NULL, NULL, g_free);
      unsynced->size = -1;
      g_hash_table_insert (files, unsynced->path, unsynced);
    }
  g_mutex_unlock (&lock);
  return unsynced;
}

static int
vfs_open (sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *out_flags)
{
  File *file = (File *) base;
  bool survives = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
  file->base.pMethods = NULL;
  file->unsynced = NULL;
  int code = real_vfs->xOpen (real_vfs, path, file->real, flags, out_flags);
  if (code != SQLITE_OK)
    return code;
  if (file->real->pMethods->iVersion < 3)
    g_error ("SQLite's file system has no shared memory");
  file->unsynced = survives && path != NULL ? find_unsynced (path) : NULL;
  file->base.pMethods = &methods;
  return SQLITE_OK;
}

void
fault_vfs_install (void)
{
  static sqlite3_vfs vfs;
  sqlite3_initialize ();
  real_vfs = sqlite3_vfs_find (NULL);
  files = g_hash_table_new (g_str_hash, g_str_equal);
  vfs = *real_vfs; /* what is not replaced looks at no member of its own */
  vfs.zName = "faults";
  vfs.szOsFile = (int) sizeof (File) + real_vfs->szOsFile;
  vfs.xOpen = vfs_open;
  sqlite3_vfs_register (&vfs, 1);
}
