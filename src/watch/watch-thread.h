/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The watch as its files see it: watch.c (thread and acts), watch-load.c (start and edits), watch-sweep.c (who is told),
 * watch-snapshot.c (what is shown). */
#pragma once

#include "watch-private.h"

G_BEGIN_DECLS

/* What is decided later than this after its time tells nobody. */
#define TIDE_WATCH_LATE (5 * TIDE_MINUTE)

/* How far the events of a feed's stream were read. */
typedef struct
{
  TideSeq next;   /* seq to go on from */
  TideTime from;  /* older events are left out until first_pass is done; NONE: none are */
  bool first_pass;
} TideWatchCursor;

typedef struct
{
  char *rule, *group;
  bool acknowledged;
} TideWatchAct;

struct _TideWatch
{
  TideStore *store;
  TideWriter *writer;
  TideClock clock;
  TideWatchHost host;
  TideWatchRoutes *routes;
  GThread *thread;

  GMutex lock;              /* what follows */
  GCond wake, done;
  TideWorkspace *workspace; /* as it is to be */
  bool closing, poked, started;
  guint64 asked, answered;  /* flushes */
  GPtrArray *acts;          /* TideWatchAct* */
  GPtrArray *silences;      /* TideSilence*: those under way; replaced, never changed */
  TideWatchSnapshot *snapshot;

  /* Of the thread. */
  TideWorkspace *taken;     /* that the engine is of */
  TideWatchEngine *engine;
  TideWatchCursor *cursors; /* one a feed */
  GPtrArray *events;        /* TideAlertEvent*, to be written */
  GPtrArray *deliveries;    /* TideAlertDelivery*, to be written, then sent */
  TideTime now;             /* of this cycle */
  TideTime waiting_since;   /* somebody is to be told; NONE */
  TideTime progress_at;     /* progress was last written */
  TideTime baseline_at;
  TideTime sent_at[16];     /* of the last notifications, a ring */
  guint n_sent;
  bool changed;             /* a state did, since the last snapshot */
  gint64 generation;
};

/* watch-load.c: makes the engine of the workspace, where its rules were. */
bool tide_watch_load (TideWatch *self, TideWorkspace *workspace, GError **error);
bool tide_watch_load_baselines (TideWatch *self, GError **error);
/* watch-sweep.c: adds to deliveries what is due. */
void tide_watch_sweep (TideWatch *self);
/* The end of the silence that a group is under; NONE: none. Thread: the watch's. */
TideTime tide_watch_silenced_until (TideWatch *self, const GPtrArray *silences, const char *rule, const char *group);
/* FALSE: the rule still reads what it missed. */
bool tide_watch_rule_is_current (TideWatch *self, const TideWatchRule *rule);
/* watch-snapshot.c */
void tide_watch_publish (TideWatch *self);
/* watch.c */
void tide_watch_note (TideWatch *self, const char *rule, const char *group, TideAlertState state, TideTime time, double value,
                      const char *reason);
bool tide_watch_write (TideWatch *self, bool progress, GError **error);
void tide_watch_on_transition (const TideWatchTransition *transition, void *self);

G_END_DECLS
