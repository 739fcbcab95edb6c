/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of watch/ share: the state machine of one group under one rule, kinds of rules, the feed of closed
 * panes, and the engine that joins them. None of it knows of threads, the database or the clock. */
#pragma once

#include "watch.h"

G_BEGIN_DECLS

/* --- one group under one rule (watch-step.c) --- */

typedef struct
{
  TideTime since, pending, clearing, fired, acknowledged; /* NONE: does not apply */
  double value;   /* last observed */
  uint8_t state;  /* TideAlertState */
  bool missing;   /* what holds is that there is no value */
  bool notified;  /* told of firing */
  bool selected;  /* by the rule's groups= */
  bool dirty;     /* to be written */
} TideWatchInstance;

/* What a rule says about a group at one pane. */
enum
{
  TIDE_WATCH_HOLDS = 1,   /* the condition */
  TIDE_WATCH_CLEAR = 2,   /* past the clearing limit */
  TIDE_WATCH_MISSING = 4, /* no value */
};

void tide_watch_instance_init (TideWatchInstance *instance);
/* TRUE when the state changed. @at: end of the pane. */
bool tide_watch_step (TideWatchInstance *instance, const TideAlert *alert, unsigned flags, double observed, TideTime at);

/* --- kinds of rules (watch-rule.c and one file each) --- */

/* A closed pane of a rule's metric, for all groups. Arrays have n elements. */
typedef struct
{
  TideTime from, to;
  guint n;
  const double *values;       /* NAN: none */
  const double *earlier;      /* the values `within` before; only for rules that have it, else NULL */
  const TideTime *last_data;  /* end of the newest pane that had events; NONE: none so far */
  const double *median, *mad; /* of this hour of the week, NAN: not known; NULL while learning */
} TideWatchPane;

typedef struct
{
  TideConditionSpec spec;
  /* On closed panes. Vectorised over the groups. */
  void (*evaluate) (const TideAlert *alert, const TideWatchPane *pane, double *ret_observed, uint8_t *ret_flags);
  /* By the clock; one value. */
  void (*observe) (const TideAlert *alert, const TideWatchFacts *facts, double *ret_observed, uint8_t *ret_flags);
} TideWatchRuleClass;

extern const TideWatchRuleClass *const tide_watch_rule_classes[];
const TideWatchRuleClass *tide_watch_rule_class_of (const TideAlert *alert);
/* Sets flags by threshold=, clear= and compare=; NAN is missing. */
void tide_watch_compare (const TideAlert *alert, const double *observed, guint n, uint8_t *ret_flags);
/* "0.0284 is above 0.02", for files and messages; the caller's. */
char *tide_watch_reason (const TideAlert *alert, TideAlertState state, double observed);

/* --- watermark of a stream (watch-watermark.c) --- */

/* A partition from which nothing came for this long holds nobody up. */
#define TIDE_WATCH_IDLE (15 * TIDE_SECOND)

typedef struct
{
  GArray *partitions;    /* Partition */
  TideDuration lateness; /* of the stream */
  TideTime value;        /* never goes back; NONE: nothing seen */
  TideTime newest;       /* event time */
  TideTime received;     /* newest */
  TideTime checked;      /* received, when idle partitions were last looked for */
  guint last;            /* partition of the row before */
  bool hold;             /* a source is catching up: idle partitions count as well */
} TideWatermark;

void tide_watermark_init (TideWatermark *mark, TideDuration lateness);
void tide_watermark_clear (TideWatermark *mark);
void tide_watermark_add (TideWatermark *mark, uint64_t partition, TideTime time, TideTime received);
/* The clock while nothing comes: after TIDE_WATCH_IDLE event time is taken to go on at its pace. */
void tide_watermark_tick (TideWatermark *mark, TideTime now);

/* --- closed panes of a stream (watch-feed.c, watch-series.c) --- */

typedef struct _TideWatchFeed TideWatchFeed;
typedef struct _TideWatchSeries TideWatchSeries;

/* A pane was closed; the series has its values. */
typedef void (*TideWatchCloseFunc) (TideWatchSeries *series, const TideWatchPane *pane, void *data);

TideWatchFeed *tide_watch_feed_new (const TideStream *stream, TideWatchCloseFunc close, void *data);
void tide_watch_feed_free (TideWatchFeed *feed);
const TideStream *tide_watch_feed_get_stream (const TideWatchFeed *feed);
/* The series of a metric (over another) closed after @delay; made when there is none. @history: how many panes before
 * the present one are to be kept. @rule_data is added to the series. */
TideWatchSeries *tide_watch_feed_add_series (TideWatchFeed *feed, TideMetric *metric, TideMetric *divided_by,
                                             TideDuration delay, guint history, void *rule_data);
void tide_watch_feed_seed (TideWatchFeed *feed, const TideMetric *metric, const TideGroups *groups, TideTime since);
void tide_watch_feed_foreach_metric (TideWatchFeed *feed, void (*func) (TideWatchFeed *feed, TideMetric *metric, void *data),
                                     void *data);
/* Columns that are to be read. */
void tide_watch_feed_mark_columns (const TideWatchFeed *feed, bool *ret_columns);
void tide_watch_feed_add (TideWatchFeed *feed, const TideBatch *batch);
void tide_watch_feed_tick (TideWatchFeed *feed, TideTime now, bool catching_up);
TideTime tide_watch_feed_get_watermark (const TideWatchFeed *feed);
gsize tide_watch_feed_get_bytes (const TideWatchFeed *feed);
void tide_watch_feed_tell_used (TideWatchFeed *feed, int64_t cpu_ns, TideWatchUsedFunc used, void *data);

GPtrArray *tide_watch_series_get_rules (const TideWatchSeries *series); /* of rule_data */
TideMetric *tide_watch_series_get_metric (const TideWatchSeries *series);
/* "Berlin, card", "other", "" without groups. Borrowed. */
const char *tide_watch_series_get_label (TideWatchSeries *series, guint group);
/* The values @back panes before the present one; NAN where it was not kept. */
const double *tide_watch_series_get_past (TideWatchSeries *series, guint back);
/* What keeps it from being evaluated; NULL. */
const char *tide_watch_series_get_error (const TideWatchSeries *series);

/* --- the engine (watch-engine.c) --- */

typedef struct _TideWatchEngine TideWatchEngine;

typedef struct
{
  const TideAlert *alert;
  const char *group;
  TideAlertState from, to;
  TideTime at;
  double value;
} TideWatchTransition;

typedef void (*TideWatchTransitionFunc) (const TideWatchTransition *transition, void *data);

/* A rule under way. */
typedef struct
{
  const TideAlert *alert;
  const TideWatchRuleClass *class;
  TideWatchSeries *series;       /* NULL: by the clock */
  TideWatchInstance *instances;  /* n_instances, by group id; one for a rule by the clock */
  guint n_instances, allocated;
  guint n_firing, n_pending;     /* counted at the end of a cycle */
  TideTime until;                /* end of the last pane that was evaluated */
  TideTime evaluated;            /* the same, for people: also of panes before a restart */
  GHashTable *records;           /* label → TideAlertRecord of groups that were not seen yet */
  GHashTable *baseline;          /* label → double[2 * 168], medians then MADs; NULL: none */
  guint baseline_days;           /* of history that it rests on */
  GArray *samples;               /* of a share over a time: events, quarantined */
  char *error;
  bool dirty;                    /* has instances to be written */
} TideWatchRule;

/* Rules of the enabled alerts of @workspace; @only: one of them, also when it is not enabled. */
TideWatchEngine *tide_watch_engine_new (TideWorkspace *workspace, const char *only, TideWatchTransitionFunc transition,
                                        void *data);
void tide_watch_engine_free (TideWatchEngine *engine);
GPtrArray *tide_watch_engine_get_rules (TideWatchEngine *engine); /* TideWatchRule*, in the order of the file */
GPtrArray *tide_watch_engine_get_feeds (TideWatchEngine *engine); /* TideWatchFeed* */
TideWatchFeed *tide_watch_engine_find_feed (TideWatchEngine *engine, const char *stream);
TideWatchRule *tide_watch_engine_find_rule (TideWatchEngine *engine, const char *name);
/* How much event time before rule->until has to be read again for a rule to go on as if it had never stopped. */
TideDuration tide_watch_rule_get_lookback (const TideWatchRule *rule);
/* Before any event: where the rule was. Takes nothing. */
void tide_watch_rule_restore (TideWatchRule *rule, TideTime until, const GPtrArray *records);
void tide_watch_rule_set_baseline (TideWatchRule *rule, const GArray *rows, guint days);
void tide_watch_engine_observe (TideWatchEngine *engine, TideTime now, TideWatchFactsFunc facts, void *data);
const char *tide_watch_rule_get_label (TideWatchRule *rule, guint group);

/* --- notifications (watch-notify.c) --- */

/* The JSON body of one notification, as documented in README.md. @items: TideWatchItem. */
char *tide_watch_notification_to_json (const TideWorkspace *workspace, const GPtrArray *items, TideTime now);
/* A title and one line an alert, for a person. */
void tide_watch_notification_to_text (const GPtrArray *items, char **ret_title, char **ret_body);

/* --- routes (watch-route.c, watch-webhook.c, watch-command.c) --- */

typedef struct _TideWatchRoutes TideWatchRoutes;

typedef struct
{
  TideWriter *writer;
  TideStore *store;
  TideClock clock;
  TideWatchHost host;
} TideWatchRoutesConfig;

TideWatchRoutes *tide_watch_routes_new (const TideWatchRoutesConfig *config, TideWorkspace *workspace);
void tide_watch_routes_free (TideWatchRoutes *routes); /* stops its thread */
void tide_watch_routes_set_workspace (TideWatchRoutes *routes, TideWorkspace *workspace);
/* What was written as due; takes the delivery. Thread: any. */
void tide_watch_routes_push (TideWatchRoutes *routes, TideAlertDelivery *delivery);
/* TideWatchRouteInfo elements; the caller's. Thread: any. */
GArray *tide_watch_routes_get_infos (TideWatchRoutes *routes);

typedef enum
{
  TIDE_SEND_DONE,
  TIDE_SEND_RETRY,  /* the other side is away or busy */
  TIDE_SEND_REFUSED, /* it will never take it */
} TideSendResult;

TideSendResult tide_watch_webhook_send (const TideRoute *route, const char *secret, gint64 id, const char *body,
                                        GCancellable *cancellable, char **ret_answer);
/* Commands of the user's own configuration; NULL-terminated names, and running one. */
char **tide_watch_command_list (const char *file, TideSeverity severity, const char *dir);
TideSendResult tide_watch_command_send (const char *file, const char *name, const char *body, GCancellable *cancellable,
                                        char **ret_answer);

G_END_DECLS
