/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of memory through which run.py tells the process under test what shall go wrong, and when: a file that both
 * map (TIDEMARK_FAULT_PAGE). The layout is known to run.py too. */
#pragma once

#include <glib.h>
#include <sqlite3.h>

G_BEGIN_DECLS

typedef enum
{
  FAULT_NOTHING,
  FAULT_KILL,       /* as kill -9 */
  FAULT_POWER_LOSS, /* what was not synced is lost, each sector or not at random; then as kill -9 */
} FaultAction;

/* Operations of the file system that can be made to fail. */
enum
{
  FAULT_READ = 1,
  FAULT_WRITE = 2,
  FAULT_SYNC = 4,
  FAULT_LOCK = 8, /* of the one who writes */
};

typedef struct
{
  /* A named moment in store/: the n-th time that it comes by. */
  char point[32];
  gint32 point_after; /* 0: not armed */
  gint32 point_action;
  /* An operation of the file system: the n-th one of these kinds, and how many from there on. */
  gint32 op_kinds;
  gint32 op_after; /* 0: not armed */
  gint32 op_count;
  gint32 op_code;   /* SQLITE_IOERR_…, SQLITE_FULL, SQLITE_BUSY; 0: op_action */
  gint32 op_action;
  guint32 seed;     /* of what a power loss loses */
  gint64 clock_us;  /* added to the time of day */
  gint32 hits;      /* how often something was made to go wrong */
} FaultPage;

extern FaultPage *fault_page;

/* fault-vfs.c: puts itself before SQLite's file system. */
void fault_vfs_install (void);
/* Never returns. */
void fault_end (FaultAction action);

G_END_DECLS
