/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alerts: rules over closed panes and over the pipeline's own figures, their states, and who is told. The one public
 * header of watch/. */
#pragma once

#include "model.h"
#include "serving.h"
#include "state.h"
#include "store.h"

G_BEGIN_DECLS

/* For the catalog; NULL-terminated. */
const TideConditionSpec *const *tide_condition_specs (void);

/* What a rule by the clock looks at. */
typedef struct
{
  double lag_s;         /* of the stream's sources, the largest; NAN: not known */
  uint64_t events, quarantined; /* of the stream, since any moment; they only grow */
  guint sources, down;  /* of the stream, or the one source: how many are there, and how many can't be reached */
  bool catching_up;     /* a source reads what it missed */
  TideTime newest;      /* event time of the newest event; NONE: none yet */
  uint64_t within_events, within_quarantined; /* over the rule's `within`; filled in by the engine */
  TideTime now;         /* likewise */
} TideWatchFacts;

/* FALSE: nothing is known (yet). Thread: the watch's. */
typedef bool (*TideWatchFactsFunc) (const TideAlert *alert, TideWatchFacts *ret_facts, void *data);

/* One alert in a notification. */
typedef struct
{
  char *rule, *title, *group, *runbook, *reason, *metric, *unit;
  TideSeverity severity;
  bool resolved;
  TideTime time;        /* event time at which it fired or was resolved */
  TideTime fired;
  double value;
} TideWatchItem;

void tide_watch_item_free (TideWatchItem *item);

/* A desktop notification, or (sound) only its sound. */
typedef struct
{
  char *title, *body;
  char *rule;           /* that a click opens, at that time */
  TideTime time;
  TideSeverity severity;
  bool sound_only;
} TideWatchNotice;

void tide_watch_notice_free (TideWatchNotice *notice);

/* CPU time of the watch's thread that was a stream's, and of it (with @metric) a metric's alone. */
typedef void (*TideWatchUsedFunc) (const char *stream, const char *metric, int64_t cpu_ns, void *data);

/* What watch/ needs of whoever holds it. All are called on its threads. */
typedef struct
{
  TideWatchFactsFunc facts;
  /* Shows it on the desktop, or plays its sound; FALSE: there is no desktop here. */
  bool (*notify) (const TideWatchNotice *notice, void *data);
  /* The secret of a route, or NULL; wiped by the caller. */
  char *(*secret) (const TideRoute *route, void *data);
  /* Something that get_snapshot() shows has changed. */
  void (*changed) (void *data);
  TideWatchUsedFunc used;
  const char *commands_file; /* the user's own routes; NULL: none */
  void *data;
} TideWatchHost;

/* The rules of one workspace under way: owns one thread, which reads what was committed, evaluates, and writes. */
typedef struct _TideWatch TideWatch;

TideWatch *tide_watch_new (TideStore *store, TideWriter *writer, TideWorkspace *workspace, const TideClock *clock,
                           const TideWatchHost *host);
void tide_watch_start (TideWatch *watch);
/* Ends its threads; what is due stays due. */
void tide_watch_stop (TideWatch *watch);
void tide_watch_free (TideWatch *watch);
/* An edited workspace: rules whose version is the same go on. Thread: any. */
void tide_watch_set_workspace (TideWatch *watch, TideWorkspace *workspace);
/* Something was committed. Thread: any. */
void tide_watch_poke (TideWatch *watch);
/* Everything that was committed before this is evaluated, and written, when it returns. For tests and `--until-idle`. */
void tide_watch_flush (TideWatch *watch);

/* Acts of a person. Thread: a worker; they wait for the writer. */
bool tide_watch_acknowledge (TideWatch *watch, const char *rule, const char *group, bool acknowledged, GError **error);
bool tide_watch_silence (TideWatch *watch, const char *rule, const char *pattern, TideTime until, const char *reason,
                         gint64 *ret_id, GError **error);
bool tide_watch_end_silence (TideWatch *watch, gint64 id, GError **error);

/* One group under a rule, as shown. */
typedef struct
{
  char *group;
  TideAlertState state;
  TideTime since, fired, acknowledged;
  double value;
  bool silenced;
  TideTime silenced_until;
} TideWatchGroupInfo;

typedef struct
{
  char *name;
  TideAlertState state;     /* the worst of its groups; ERROR with a reason */
  char *error;
  char *learning;           /* "day 9 of 28", or NULL */
  TideTime evaluated;       /* event time up to which it was evaluated; NONE: not yet */
  guint n_groups, n_firing, n_pending, n_silenced, n_acknowledged;
  TideWatchGroupInfo *groups; /* those that are not normal, worst first, at most TIDE_WATCH_MAX_SHOWN; then one normal one */
  guint n_shown;
} TideWatchRuleInfo;

#define TIDE_WATCH_MAX_SHOWN 100

typedef struct
{
  char *name;
  TideTime last;            /* of the last attempt; NONE */
  char *answer;             /* "200 in 84 ms", or what went wrong */
  bool dead;                /* gave up on the last notification */
  guint due;                /* notifications that wait */
} TideWatchRouteInfo;

void tide_watch_route_info_clear (TideWatchRouteInfo *info);

/* Immutable, counted by reference. */
typedef struct
{
  guint n_rules;
  TideWatchRuleInfo *rules; /* in the order of the file, enabled ones */
  guint n_firing, n_pending, n_silenced; /* groups; firing without those silenced */
  GPtrArray *silences;      /* TideSilence* */
  guint n_routes;
  TideWatchRouteInfo *routes;
  gint64 generation;        /* grows with every change of a state */
  gatomicrefcount refs;
} TideWatchSnapshot;

TideWatchSnapshot *tide_watch_get_snapshot (TideWatch *watch); /* a reference; NULL before the first. Thread: any */
TideWatchSnapshot *tide_watch_snapshot_ref (TideWatchSnapshot *snapshot);
void tide_watch_snapshot_unref (TideWatchSnapshot *snapshot);
const TideWatchRuleInfo *tide_watch_snapshot_find (const TideWatchSnapshot *snapshot, const char *rule);

/* What a rule would have done on the stored events of [from, to). */
typedef struct
{
  char *group;
  TideTime from, to;        /* firing; to is NONE while it still did at the end */
} TideBacktestSpan;

typedef struct
{
  GArray *spans;            /* TideBacktestSpan, by start */
  guint n_pending;          /* times that it was pending and did not fire */
  guint without_hold;       /* times that it would have fired without for= */
  TideDuration firing;      /* in all */
  GPtrArray *events;        /* TideAlertEvent*, oldest first: every change of state */
  uint64_t events_read;
  TideTime from, to;        /* event time that was looked at */
} TideBacktest;

void tide_backtest_free (TideBacktest *backtest);
/* @rule is an alert of @workspace, which may be an edited one that is not saved. Errors: INVALID for a rule by the clock,
 * whose figures have no history. Thread: a worker. */
TideBacktest *tide_watch_backtest (TideStore *store, TideWorkspace *workspace, const char *rule, TideTime from, TideTime to,
                                   GCancellable *cancellable, GError **error);

/* Cost of evaluating closed panes: @rules over @groups each, in µs for one pane of all. For `bench`. */
double tide_watch_measure (guint rules, guint groups, guint panes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideWatch, tide_watch_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideWatchSnapshot, tide_watch_snapshot_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideBacktest, tide_backtest_free)

G_END_DECLS
