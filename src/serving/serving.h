/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The serving layer: one query for every view, and reports. The one public header of serving/. */
#pragma once

#include "live.h"
#include "model.h"
#include "state.h"
#include "store.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_VIEW_LIVE,       /* the speed layer only: events of the live horizon */
  TIDE_VIEW_HISTORICAL, /* the batch layer only: state published at the cut */
  TIDE_VIEW_MERGED,     /* both, exact */
  TIDE_VIEW_RECOMPUTE,  /* base and all stored events, without the batch layer's states: the proof */
} TideView;

bool tide_view_parse (const char *text, TideView *ret_view, GError **error);
const char *tide_view_to_string (TideView view);

typedef enum
{
  TIDE_LAYER_BATCH,
  TIDE_LAYER_SPEED,
  TIDE_LAYER_BOTH,
} TideLayer;

const char *tide_layer_to_string (TideLayer layer);

typedef struct
{
  TideMetric *metric;     /* a reference */
  TideView view;
  TideTime from, to;      /* half-open, µs UTC, carried out to whole panes; TIDE_TIME_NONE / TIDE_TIME_MAX: all */
  TidePeriod every;       /* n 0: the metric's own; else at least the stored pane */
  bool total;             /* over all groups: one row a pane */
  bool parts;             /* fill batch and speed of each row, and late */
  guint max_rows;         /* 0: no bound; passing it is an error */
} TideQuery;

/* The group of a row over all groups. */
#define TIDE_GROUP_TOTAL UINT32_MAX

typedef struct
{
  TideTime time;          /* start of the pane */
  uint32_t group;         /* id in the rows' groups, or TIDE_GROUP_TOTAL */
  TideLayer layer;
  bool partial;           /* the pane is not over yet */
  bool old_version;       /* from the metric's previous definition */
  TideValue value;
  TideValue batch, speed; /* with parts: what each layer alone brings */
  TideValue late;         /* with parts: of speed, what belongs to panes before the cut's */
  uint64_t events;        /* in the value */
  uint64_t speed_events;  /* with parts: of them, those after the cut */
} TideRow;

typedef struct
{
  TideMetric *metric;
  TideRow *rows;          /* ascending by pane, then group */
  guint n;
  TideGroups *groups;     /* names of the groups; a copy of its own */
  TideSeq cut, seq;       /* cut, and S */
  TideTime cut_time, published, newest; /* newest: event time of the newest event in the stream */
  gint64 run;
  char *offsets;          /* JSON, as in TideCut */
  uint64_t batch_events, speed_events, late_events; /* in the range */
  TideValue batch_total, speed_total, total, late_total; /* over the whole range, all groups */
  TideRow *group_totals;  /* with parts: each group over the whole range, ascending; time is the range's start */
  guint n_group_totals;
  guint blocks_scanned;
  TideDuration scan_took;
  gint64 speed_bytes;     /* blob bytes after the cut, and the budget of the early roll-up */
  gint64 speed_budget;
  TideSeq floor_seq;
  uint64_t corrupt_events; /* could not be read: the answer lacks them, and says so */
  TideSeq first_corrupt;   /* the first of them */
  bool capped;
} TideRows;

void tide_rows_free (TideRows *rows);
/* "Berlin" / "Berlin, card" / "other" / "All"; the caller's. */
char *tide_rows_get_label (const TideRows *rows, uint32_t group);

/* Caches the speed part of each metric; one for a process. Thread-safe; queries of one metric wait for each other. */
typedef struct _TideServing TideServing;

TideServing *tide_serving_new (TideStore *store, const TideWorkspace *workspace, const TideClock *clock);
void tide_serving_free (TideServing *serving);
void tide_serving_set_workspace (TideServing *serving, const TideWorkspace *workspace);
/* Thread: a worker; blocks on SQLite. Errors: INVALID (resolution finer than the stored pane), BUSY, CORRUPT,
 * CANCELLED. */
TideRows *tide_serving_query (TideServing *serving, const TideQuery *query, GCancellable *cancellable, GError **error);

/* Verify: merged against recompute at one S, pane by pane. */
typedef struct
{
  TideTime pane;
  uint32_t group;
  TideValue merged, recomputed;
} TideDifference;

typedef struct
{
  bool equal;
  bool from_base;         /* part of it could not be recomputed from events and was taken from the base */
  TideSeq seq;
  uint64_t events;        /* read */
  TideDuration took;
  TideTime time;
  TideValue merged, recomputed; /* totals */
  guint panes;
  GArray *differences;    /* TideDifference, at most 100; owned */
  guint n_differences;
  TideGroups *groups;
} TideVerification;

void tide_verification_free (TideVerification *verification);
TideVerification *tide_serving_verify (TideServing *serving, const TideQuery *query,
                                       void (*progress) (double fraction, uint64_t events, void *data), void *data,
                                       GCancellable *cancellable, GError **error);

/* Events of a stream for the browser: newest first, those that @where takes (NULL: all), before @before (0: from
 * the newest). Ends early at max rows, after 8 MB of them or when @max_scan events were read. TideEvent* elements. */
typedef struct
{
  TideSeq seq;
  TideTime time, received;
  char *source, *key;
  int32_t partition;
  int64_t offset;
  char **values;          /* one text a field of the stream, NULL: null; n_values, not terminated */
  guint n_values;
  char *payload;          /* JSON as it came, or NULL when the stream does not keep it */
  gsize bytes;            /* of its texts, about */
} TideEvent;

void tide_event_free (TideEvent *event);
/* Row @row of a batch as text; used by the browser for live tails as well. Pure. */
TideEvent *tide_event_from_batch (const TideBatch *batch, uint32_t row);
GPtrArray *tide_serving_get_events (TideServing *serving, const TideStream *stream, const TidePredicate *where,
                                    TideSeq before, guint max, uint64_t max_scan, GCancellable *cancellable,
                                    GError **error);

/* CSV, RFC 4180: UTF-8, CRLF, RFC 3339 times; text cells that a spreadsheet would run get a leading apostrophe,
 * numbers never do. Written in pieces of constant size. */
typedef struct _TideCsv TideCsv;
TideCsv *tide_csv_new (GOutputStream *stream);
void tide_csv_free (TideCsv *csv);
void tide_csv_text (TideCsv *csv, const char *text, gssize len); /* NULL: empty */
void tide_csv_number (TideCsv *csv, const char *text);
void tide_csv_time (TideCsv *csv, TideTime time);
void tide_csv_value (TideCsv *csv, TideValue value);
bool tide_csv_end_row (TideCsv *csv, GError **error);
bool tide_csv_finish (TideCsv *csv, GError **error);

/* A row as `query` prints it, time,GROUP…,value [unit],layer: the header, and a cell of its group. */
char **tide_rows_get_columns (const TideRows *rows);
TideText tide_rows_get_group_text (const TideRows *rows, uint32_t group, uint32_t field);
/* Header and rows. */
bool tide_rows_write_csv (const TideRows *rows, TideCsv *csv, GError **error);
/* The report as CSV: metric,time,group fields…,value,unit,layer of each of its metrics. */
bool tide_serving_write_report (TideServing *serving, const TideReport *report, TideTime now, GOutputStream *stream,
                                GCancellable *cancellable, gint64 *ret_rows, GError **error);
/* Events of @stream with @from <= event time < @to (TIDE_TIME_NONE / _MAX: all), in the order of _seq. */
bool tide_serving_write_events (TideServing *serving, const TideStream *stream, TideTime from, TideTime to,
                                GOutputStream *output, GCancellable *cancellable, GError **error);
/* Calls @write with a stream whose file replaces @path only when all went well. */
bool tide_file_replace (const char *path, bool (*write) (GOutputStream *stream, void *data, GError **error), void *data,
                        GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideServing, tide_serving_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideRows, tide_rows_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideVerification, tide_verification_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideEvent, tide_event_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideCsv, tide_csv_free)

G_END_DECLS
