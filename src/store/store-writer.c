/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one thread that writes, and its queue. Deliveries wait, bounded in bytes, until enough of them make a commit worth
 * its pages: 500 events after 50 ms, anything after a second; in a flood, of 10,000 events in 50 ms, a block that needs
 * no sealing or what came in 150 ms, so that an event is encoded once. Calls run between commits, each in a
 * transaction of its own; merging of small blocks and checkpoints fill the time that is left, one step after each commit.
 * A commit that fails drops the queue: its sources are refused once, so that they go back to the committed positions
 * before they push again, and all are refused until a trial write works.
 * Limit: one delivery larger than the whole queue is taken when the queue is empty. */
#include "store-commit.h"
#include "store-fault.h"
#include "store-wal.h"

#include <string.h>
#include <time.h>

#define QUEUE_MAX_BYTES (32 * 1024 * 1024)
#define COMMIT_MAX_EVENTS (TIDE_BLOCK_FINAL_EVENTS + 8192)
#define COMMIT_MAX_BYTES (8 * 1024 * 1024)
#define COMMIT_BUSY_EVENTS 500
#define COMMIT_BUSY_US (50 * TIDE_MS)
#define COMMIT_FLOOD_EVENTS 10000
#define COMMIT_FLOOD_US (150 * TIDE_MS)
#define COMMIT_QUIET_US TIDE_SECOND
#define TRIAL_US TIDE_SECOND
#define TRIAL_BYTES "262144"
#define SEAL_LOOK_US (10 * TIDE_SECOND)

/* A call that waits for its turn; lives on the caller's stack. */
typedef struct
{
  TideWriteFunc func; /* NULL: seal all that is due */
  void *data;
  GError *error;
  bool ok, done;
} WriterCall;

struct _TideWriter
{
  TideStore *store;
  sqlite3 *db;
  TideWriterEvents events;
  GThread *thread;
  /* The thread's own: */
  TideCommitter *committer;
  TideSealer *sealer;
  TideWal *wal;
  GArray *commits;
  int64_t trial_us, seal_look_us;
  bool seal_due;

  GMutex lock; /* of all that follows */
  GCond work;  /* something for the thread */
  GCond space; /* for those who push, call and flush */
  GQueue queue; /* TideQueued* */
  gsize queue_bytes;
  uint32_t queue_events;
  uint64_t pushed, settled;  /* deliveries so far; committed or dropped */
  uint64_t flush_to;         /* commit now up to this one */
  uint64_t drops;            /* times that the queue was dropped */
  GHashTable *dropped;       /* sources to be refused once */
  GQueue calls;              /* WriterCall* */
  GError *failure;           /* why nothing can be committed now */
  GError *last_failure;      /* of the last drop */
  bool stopping, stopped;
  int64_t cpu_us;
};

/* --- upkeep, on the writer's thread --- */

/* One merge. A failure (a full disk) is no loss: the small blocks stay, and it is tried again at the next look. */
static void
writer_seal_step (TideWriter *writer)
{
  bool sealed = false;
  if (!tide_sealer_step (writer->sealer, &sealed, NULL))
    sealed = false;
  writer->seal_due = sealed;
  if (!sealed)
    tide_wal_vacuum (writer->wal);
}

static bool
writer_seal_all (TideWriter *writer, GError **error)
{
  bool sealed = true;
  tide_sealer_wake (writer->sealer, NULL);
  while (sealed)
    {
      if (!tide_sealer_step (writer->sealer, &sealed, error))
        return false;
      tide_wal_checkpoint (writer->wal);
    }
  return true;
}

static void
writer_run_call (TideWriter *writer, WriterCall *call)
{
  if (call->func == NULL)
    call->ok = writer_seal_all (writer, &call->error);
  else if (tide_db_exec (writer->db, "BEGIN IMMEDIATE", &call->error))
    {
      call->ok = call->func (writer->db, call->data, &call->error);
      tide_fault_point ("call-end");
      call->ok = call->ok && tide_db_exec (writer->db, "COMMIT", &call->error);
      tide_fault_point ("call-done");
      if (!sqlite3_get_autocommit (writer->db))
        sqlite3_exec (writer->db, "ROLLBACK", NULL, NULL, NULL);
    }
  tide_wal_checkpoint (writer->wal);
}

/* --- commits --- */

/* Takes what goes into one commit out of the queue. Locked. */
static GPtrArray *
writer_gather (TideWriter *writer)
{
  GPtrArray *items = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_queued_free);
  gsize bytes = 0;
  uint32_t events = 0;
  while (!g_queue_is_empty (&writer->queue) && events < COMMIT_MAX_EVENTS && bytes < COMMIT_MAX_BYTES)
    {
      TideQueued *queued = g_queue_pop_head (&writer->queue);
      bytes += queued->bytes;
      events += queued->events;
      g_ptr_array_add (items, queued);
    }
  return items;
}

/* Locked. */
static void
writer_settle (TideWriter *writer, const GPtrArray *items)
{
  for (guint i = 0; i < items->len; i++)
    {
      const TideQueued *queued = g_ptr_array_index (items, i);
      writer->queue_bytes -= queued->bytes;
      writer->queue_events -= queued->events;
    }
  writer->settled += items->len;
  g_cond_broadcast (&writer->space);
}

/* Locked. Whoever replays waits for the commit and is told there; a source is told at its next push. */
static void
writer_drop_items (TideWriter *writer, const GPtrArray *items)
{
  for (guint i = 0; i < items->len; i++)
    {
      const TideQueued *queued = g_ptr_array_index (items, i);
      if (queued->replayed == NULL)
        g_hash_table_add (writer->dropped, g_strdup (queued->source));
    }
  writer_settle (writer, items);
}

/* Locked. Takes @error. */
static void
writer_drop (TideWriter *writer, GPtrArray *items, GError *error)
{
  writer_drop_items (writer, items);
  while (!g_queue_is_empty (&writer->queue))
    {
      g_autoptr (GPtrArray) more = writer_gather (writer);
      writer_drop_items (writer, more);
    }
  writer->drops++;
  g_clear_error (&writer->last_failure);
  writer->last_failure = g_error_copy (error);
  g_clear_error (&writer->failure);
  writer->failure = error;
  g_cond_broadcast (&writer->space);
}

/* Locked, but not while it writes. */
static void
writer_commit (TideWriter *writer)
{
  g_autoptr (GPtrArray) items = writer_gather (writer);
  g_mutex_unlock (&writer->lock);
  GError *error = NULL;
  g_array_set_size (writer->commits, 0);
  bool ok = tide_committer_commit (writer->committer, (TideQueued *const *) items->pdata, items->len,
                                   writer->commits, &error);
  const TideCommitted *commits = (const TideCommitted *) (const void *) writer->commits->data;
  if (ok)
    {
      for (guint i = 0; i < writer->commits->len; i++)
        tide_sealer_wake (writer->sealer, commits[i].stream);
      writer->seal_due |= writer->commits->len > 0;
      if (writer->events.committed != NULL && writer->commits->len > 0)
        writer->events.committed (commits, writer->commits->len, writer->events.data);
    }
  g_mutex_lock (&writer->lock);
  if (ok)
    {
      writer_settle (writer, items);
      return;
    }
  g_autoptr (GError) told = g_error_copy (error);
  writer_drop (writer, items, error);
  writer->trial_us = g_get_monotonic_time () + TRIAL_US;
  g_mutex_unlock (&writer->lock);
  if (writer->events.failed != NULL)
    writer->events.failed (told, writer->events.data);
  g_mutex_lock (&writer->lock);
}

/* Whether a write as large as a commit works again. Locked, but not while it writes. */
static void
writer_try (TideWriter *writer)
{
  g_mutex_unlock (&writer->lock);
  bool ok = tide_db_exec (writer->db,
                          "BEGIN IMMEDIATE; INSERT OR REPLACE INTO meta VALUES ('trial', zeroblob(" TRIAL_BYTES "));"
                          "COMMIT; DELETE FROM meta WHERE key='trial'",
                          NULL);
  if (!sqlite3_get_autocommit (writer->db))
    sqlite3_exec (writer->db, "ROLLBACK", NULL, NULL, NULL);
  if (!ok)
    tide_wal_checkpoint (writer->wal);
  g_mutex_lock (&writer->lock);
  writer->trial_us = g_get_monotonic_time () + TRIAL_US;
  if (!ok)
    return;
  g_clear_error (&writer->failure);
  g_mutex_unlock (&writer->lock);
  if (writer->events.resumed != NULL)
    writer->events.resumed (writer->events.data);
  g_mutex_lock (&writer->lock);
}

/* When the queue is to be committed: now, later (monotonic time), or never. Locked. */
static int64_t
writer_commit_due (TideWriter *writer, int64_t now)
{
  const TideQueued *oldest = g_queue_peek_head (&writer->queue);
  if (oldest == NULL)
    return INT64_MAX;
  if (writer->stopping || writer->flush_to > writer->settled || writer->queue_events >= COMMIT_MAX_EVENTS
      || writer->queue_bytes >= COMMIT_MAX_BYTES)
    return now;
  if (writer->queue_events >= COMMIT_FLOOD_EVENTS)
    return oldest->pushed_us + COMMIT_FLOOD_US;
  return oldest->pushed_us + (writer->queue_events >= COMMIT_BUSY_EVENTS ? COMMIT_BUSY_US : COMMIT_QUIET_US);
}

/* One thing that is due; otherwise waits for the next. Locked. */
static void
writer_turn (TideWriter *writer)
{
  int64_t now = g_get_monotonic_time ();
  int64_t due = writer_commit_due (writer, now);
  bool worked = false;
  if (writer->failure != NULL && now >= writer->trial_us)
    {
      writer_try (writer);
      worked = true;
    }
  if (writer->failure == NULL && due <= now)
    {
      writer_commit (writer);
      worked = true;
    }
  WriterCall *call = g_queue_pop_head (&writer->calls);
  if (call != NULL)
    {
      g_mutex_unlock (&writer->lock);
      writer_run_call (writer, call);
      g_mutex_lock (&writer->lock);
      call->done = true;
      g_cond_broadcast (&writer->space);
      worked = true;
    }
  bool look = now >= writer->seal_look_us;
  if ((writer->seal_due || look || worked) && writer->failure == NULL && !writer->stopping)
    {
      g_mutex_unlock (&writer->lock);
      if (look)
        {
          tide_sealer_wake (writer->sealer, NULL);
          writer->seal_look_us = now + SEAL_LOOK_US;
        }
      if (writer->seal_due || look)
        {
          writer_seal_step (writer);
          worked = true;
        }
      tide_wal_checkpoint (writer->wal);
      g_mutex_lock (&writer->lock);
    }
  if (worked)
    return;
  int64_t until = MIN (due, writer->seal_look_us);
  if (writer->failure != NULL)
    until = writer->trial_us;
  g_cond_wait_until (&writer->work, &writer->lock, until);
}

static gpointer
writer_thread (gpointer data)
{
  TideWriter *writer = data;
  struct timespec cpu;
  tide_thread_set_role (TIDE_THREAD_WRITER);
  g_mutex_lock (&writer->lock);
  while (!(writer->stopping && g_queue_is_empty (&writer->queue) && g_queue_is_empty (&writer->calls)))
    {
      writer_turn (writer);
      if (clock_gettime (CLOCK_THREAD_CPUTIME_ID, &cpu) == 0)
        writer->cpu_us = (int64_t) cpu.tv_sec * TIDE_SECOND + cpu.tv_nsec / 1000;
    }
  writer->stopped = true;
  g_cond_broadcast (&writer->space);
  g_mutex_unlock (&writer->lock);
  sqlite3_wal_checkpoint_v2 (writer->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
  return NULL;
}

/* --- for the others --- */

/**
 * tide_writer_new:
 * @store: opened for writing; one writer each
 * @events: (nullable): called on the writer's thread
 *
 * Errors: DENIED (opened for reading), CORRUPT. Thread: not main.
 */
TideWriter *
tide_writer_new (TideStore *store, const TideWriterEvents *events, GError **error)
{
  sqlite3 *db = tide_store_get_write_db (store);
  if (db == NULL)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_DENIED, "the workspace %s is open for reading only",
                   tide_store_get_dir (store));
      return NULL;
    }
  g_autoptr (TideCommitter) committer = tide_committer_new (db, error);
  g_autoptr (TideSealer) sealer = committer != NULL ? tide_sealer_new (db, error) : NULL;
  if (sealer == NULL)
    return NULL;
  TideWriter *writer = g_new0 (TideWriter, 1);
  writer->store = tide_store_ref (store);
  writer->db = db;
  writer->committer = g_steal_pointer (&committer);
  writer->sealer = g_steal_pointer (&sealer);
  writer->commits = g_array_new (FALSE, FALSE, sizeof (TideCommitted));
  writer->dropped = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (events != NULL)
    writer->events = *events;
  g_mutex_init (&writer->lock);
  g_cond_init (&writer->work);
  g_cond_init (&writer->space);
  g_queue_init (&writer->queue);
  g_queue_init (&writer->calls);
  writer->wal = tide_wal_new (store, db);
  writer->thread = g_thread_new ("writer", writer_thread, writer);
  return writer;
}

/**
 * tide_writer_stop:
 *
 * Commits what is queued and joins the thread; from then on pushes and calls fail. Thread: not the writer's.
 */
void
tide_writer_stop (TideWriter *writer)
{
  g_mutex_lock (&writer->lock);
  GThread *thread = g_steal_pointer (&writer->thread);
  writer->stopping = true;
  if (writer->failure != NULL)
    writer->trial_us = 0;
  g_cond_broadcast (&writer->work);
  g_cond_broadcast (&writer->space);
  g_mutex_unlock (&writer->lock);
  if (thread != NULL)
    g_thread_join (thread);
}

void
tide_writer_free (TideWriter *writer)
{
  if (writer == NULL)
    return;
  tide_writer_stop (writer);
  tide_wal_free (writer->wal);
  tide_committer_free (writer->committer);
  tide_sealer_free (writer->sealer);
  g_array_unref (writer->commits);
  g_hash_table_unref (writer->dropped);
  g_clear_error (&writer->failure);
  g_clear_error (&writer->last_failure);
  g_mutex_clear (&writer->lock);
  g_cond_clear (&writer->work);
  g_cond_clear (&writer->space);
  tide_store_unref (writer->store);
  g_free (writer);
}

TideStore *
tide_writer_get_store (TideWriter *writer)
{
  return writer->store;
}

static void
on_push_cancelled (GCancellable *cancellable, TideWriter *writer)
{
  g_mutex_lock (&writer->lock);
  g_cond_broadcast (&writer->space);
  g_mutex_unlock (&writer->lock);
}

static bool
set_cancelled (GError **error)
{
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_CANCELLED, "cancelled");
  return false;
}

/* Why @source may not push now. Locked. */
static bool
writer_may_push (TideWriter *writer, const char *source, GCancellable *cancellable, GError **error)
{
  if (g_cancellable_is_cancelled (cancellable))
    return set_cancelled (error);
  if (writer->stopping)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_CANCELLED, "the workspace is closing");
      return false;
    }
  /* Whoever is refused goes back to the committed positions, which is all that a drop asks for. */
  bool was_dropped = g_hash_table_remove (writer->dropped, source);
  if (writer->failure == NULL && !was_dropped)
    return true;
  g_propagate_error (error, g_error_copy (writer->failure != NULL ? writer->failure : writer->last_failure));
  return false;
}

/**
 * tide_writer_push:
 * @delivery: its batch is referenced, its arrays of rejected events and gaps are taken, also on failure
 *
 * Blocks while the queue is full. FALSE: the source drops what it holds and resumes from the committed positions.
 *
 * Errors: CANCELLED, FULL, or why else the last commit failed. Thread: source.
 */
bool
tide_writer_push (TideWriter *writer, const TideDelivery *delivery, GCancellable *cancellable, GError **error)
{
  g_autoptr (TideQueued) queued = tide_queued_new (delivery);
  gulong handler = 0;
  g_mutex_lock (&writer->lock);
  bool may = writer_may_push (writer, queued->source, cancellable, error);
  while (may && writer->queue_bytes > 0 && writer->queue_bytes + queued->bytes > QUEUE_MAX_BYTES)
    {
      if (cancellable != NULL && handler == 0)
        {
          /* The handler locks, and runs at once when it is cancelled already. */
          g_mutex_unlock (&writer->lock);
          handler = g_cancellable_connect (cancellable, G_CALLBACK (on_push_cancelled), writer, NULL);
          g_mutex_lock (&writer->lock);
        }
      else
        g_cond_wait (&writer->space, &writer->lock);
      may = writer_may_push (writer, queued->source, cancellable, error);
    }
  if (may)
    {
      queued->pushed_us = g_get_monotonic_time ();
      writer->queue_bytes += queued->bytes;
      writer->queue_events += queued->events;
      writer->pushed++;
      uint32_t before = writer->queue_events - queued->events;
      bool wake = g_queue_is_empty (&writer->queue) || writer->queue_events >= COMMIT_MAX_EVENTS
                  || writer->queue_bytes >= COMMIT_MAX_BYTES
                  || (before < COMMIT_BUSY_EVENTS && writer->queue_events >= COMMIT_BUSY_EVENTS);
      g_queue_push_tail (&writer->queue, g_steal_pointer (&queued));
      if (wake)
        g_cond_signal (&writer->work);
    }
  g_mutex_unlock (&writer->lock);
  if (handler != 0)
    g_cancellable_disconnect (cancellable, handler);
  return may;
}

static bool
writer_wait_call (TideWriter *writer, WriterCall *call, GError **error)
{
  g_assert (tide_thread_get_role () != TIDE_THREAD_WRITER);
  tide_assert_not_main_thread ();
  g_mutex_lock (&writer->lock);
  if (writer->stopping)
    g_set_error (&call->error, TIDE_ERROR, TIDE_ERROR_CANCELLED, "the workspace is closing");
  else
    {
      g_queue_push_tail (&writer->calls, call);
      g_cond_signal (&writer->work);
      while (!call->done)
        g_cond_wait (&writer->space, &writer->lock);
    }
  g_mutex_unlock (&writer->lock);
  if (call->error != NULL)
    g_propagate_error (error, call->error);
  return call->ok;
}

/**
 * tide_writer_call:
 *
 * Runs @func on the writer's thread in a transaction of its own, after at most one commit of events; waits. When it
 * fails, or the commit does, all of it is rolled back.
 *
 * Errors: those of @func, FULL, CANCELLED (closing). Thread: not main, not the writer's.
 */
bool
tide_writer_call (TideWriter *writer, TideWriteFunc func, void *data, GError **error)
{
  WriterCall call = { .func = func, .data = data };
  return writer_wait_call (writer, &call, error);
}

bool
tide_writer_seal (TideWriter *writer, GError **error)
{
  WriterCall call = { .func = NULL };
  return tide_writer_flush (writer, error) && writer_wait_call (writer, &call, error);
}

/**
 * tide_writer_flush:
 *
 * Errors: why something that was pushed before could not be committed; all that was queued is dropped then.
 * Thread: not main, not the writer's.
 */
bool
tide_writer_flush (TideWriter *writer, GError **error)
{
  g_assert (tide_thread_get_role () != TIDE_THREAD_WRITER);
  tide_assert_not_main_thread ();
  g_mutex_lock (&writer->lock);
  uint64_t to = writer->pushed, drops = writer->drops;
  writer->flush_to = MAX (writer->flush_to, to);
  g_cond_signal (&writer->work);
  while (writer->settled < to && !writer->stopped)
    g_cond_wait (&writer->space, &writer->lock);
  bool ok = writer->drops == drops && writer->failure == NULL;
  if (!ok)
    g_propagate_error (error, g_error_copy (writer->last_failure));
  g_mutex_unlock (&writer->lock);
  return ok;
}

void
tide_writer_get_queue (TideWriter *writer, gsize *ret_bytes, gsize *ret_max_bytes)
{
  g_mutex_lock (&writer->lock);
  *ret_bytes = writer->queue_bytes;
  g_mutex_unlock (&writer->lock);
  *ret_max_bytes = QUEUE_MAX_BYTES;
}

int64_t
tide_writer_get_cpu_us (TideWriter *writer)
{
  g_mutex_lock (&writer->lock);
  int64_t cpu_us = writer->cpu_us;
  g_mutex_unlock (&writer->lock);
  return cpu_us;
}
