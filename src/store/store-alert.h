/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alerts as they are kept: states of rules that are not normal, how far each rule was evaluated, what happened, silences,
 * and what is still to be sent. One transaction moves all of them, so that a restart goes on where the rules were. */
#pragma once

#include "store-db.h"
#include "store-writer.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_ALERT_NORMAL,
  TIDE_ALERT_PENDING,
  TIDE_ALERT_FIRING,
  TIDE_ALERT_NO_DATA, /* has no value, and its rule alerts for that */
  TIDE_ALERT_ERROR,   /* the rule can't be evaluated */
} TideAlertState;

const char *tide_alert_state_to_string (TideAlertState state);

/* The state of one group under one rule. Times are event times; NONE: does not apply. */
typedef struct
{
  char *rule;
  char *group;            /* label; "" without groups */
  TideAlertState state;
  TideTime since;         /* of the state */
  TideTime pending;       /* the condition holds since */
  TideTime clearing;      /* firing, and cleared since */
  TideTime fired;
  TideTime acknowledged;  /* by the clock; until it is resolved */
  double value;           /* last observed; NAN: none */
  bool missing;           /* what holds is that there is no value */
  bool notified;          /* told of firing, so to be told of its end */
} TideAlertRecord;

/* One change of state. */
typedef struct
{
  gint64 id;
  char *rule, *group;
  TideAlertState state;
  TideTime time;          /* event time: end of the pane that decided it */
  TideTime recorded;      /* by the clock */
  double value;
  char *reason;
  bool late;              /* was caught up: told nobody */
} TideAlertEvent;

/* How far a rule was evaluated: to the pane that ends at until. */
typedef struct
{
  char *rule;
  char version[17];
  TideTime until;         /* NONE: from the first event on */
} TideAlertProgress;

typedef struct
{
  gint64 id;
  char *rule;             /* NULL: every rule */
  char *pattern;          /* of groups, with * and ?; NULL: every group */
  TideTime until, created;
  char *reason;
} TideSilence;

/* A notification for one route. status: "due", "sent", "dead". */
typedef struct
{
  gint64 id;
  char *route;
  char *body;             /* JSON */
  TideTime created, next;
  guint attempts;
  char *status;
  char *answer;           /* of the last attempt: "200 in 84 ms", or what went wrong */
} TideAlertDelivery;

void tide_alert_record_free (TideAlertRecord *record);
void tide_alert_event_free (TideAlertEvent *event);
void tide_alert_progress_free (TideAlertProgress *progress);
void tide_silence_free (TideSilence *silence);
void tide_alert_delivery_free (TideAlertDelivery *delivery);

/* What is written at once. Arrays may be NULL; delivery and event ids are filled in. */
typedef struct
{
  GPtrArray *records;    /* TideAlertRecord*: NORMAL removes */
  GPtrArray *events;     /* TideAlertEvent* */
  GPtrArray *progress;   /* TideAlertProgress* */
  GPtrArray *deliveries; /* TideAlertDelivery*: id 0 is new, else its row changes */
} TideAlertWrite;

/* Thread: not main, not the writer's; waits. Errors: FULL, CANCELLED. */
bool tide_alert_write (TideWriter *writer, const TideAlertWrite *write, GError **error);
/* Forgets states and progress of a rule, not what happened. */
bool tide_alert_forget (TideWriter *writer, const char *rule, GError **error);
bool tide_silence_add (TideWriter *writer, TideSilence *silence, GError **error); /* fills in its id */
bool tide_silence_end (TideWriter *writer, gint64 id, TideTime now, GError **error);

/* Of a rule, or of all with NULL. */
GPtrArray *tide_store_get_alert_records (TideReader *reader, GError **error);
GPtrArray *tide_store_get_alert_progress (TideReader *reader, GError **error);
/* Newest first, of event time from @since on; rule NULL: of all. */
GPtrArray *tide_store_get_alert_events (TideReader *reader, const char *rule, TideTime since, guint max, GError **error);
/* Those that end after @now. */
GPtrArray *tide_store_get_silences (TideReader *reader, TideTime now, GError **error);
/* Those still due, oldest first; with a route: its newest, whatever their status. */
GPtrArray *tide_store_get_alert_deliveries (TideReader *reader, const char *route, guint max, GError **error);

/* The seasonal baseline of a metric: for each group and hour of the week (0: Monday, 00:00, in the metric's zone) the
 * median and the median absolute deviation of its panes. */
typedef struct
{
  char *group;
  int hour;
  double median, mad;
  guint weeks;           /* different weeks that it knows */
} TideBaselineRow;

void tide_baseline_row_clear (TideBaselineRow *row);
/* Replaces the metric's rows at once. @learned: how many days of history it rests on. */
bool tide_baseline_write (TideWriter *writer, const TideMetric *metric, GArray *rows, guint days, TideTime now,
                          GError **error);
/* When it was made, NONE: not of this version; from how many days of history. */
bool tide_store_get_baseline_made (TideReader *reader, const TideMetric *metric, guint *ret_days, TideTime *ret_made,
                                   GError **error);
/* TideBaselineRow elements; empty when there is none yet of this version. @ret_days: of history. */
GArray *tide_store_get_baseline (TideReader *reader, const TideMetric *metric, guint *ret_days, TideTime *ret_made,
                                 GError **error);

G_END_DECLS
