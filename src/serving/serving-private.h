/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "serving.h"

G_BEGIN_DECLS

/* The speed part of one metric: states of the events in (cut, seq], kept between queries. */
typedef struct
{
  GMutex lock;        /* held for the length of a query of this metric */
  char version[17];
  gint64 run;         /* whose cut it starts from */
  TideSeq cut, seq;   /* what it covers */
  TideGroups *groups; /* those at the cut, and what came since */
  TidePanes *panes;
  guint blocks;       /* scanned by the last extension, and how long it took */
  TideDuration took;
  TideSeq first_corrupt;
  uint64_t corrupt;
  gsize bytes;        /* under serving's lock: as it was after its last query, and when that was */
  uint64_t used;
  gatomicrefcount refs;
} TideSpeed;

struct _TideServing
{
  TideStore *store;
  TideClock clock;
  GMutex lock;        /* workspace and speeds */
  TideWorkspace *workspace;
  GHashTable *speeds; /* metric name → TideSpeed* */
  uint64_t uses;
};

/* serving-csv.c: cells for those who write many. */
void tide_csv_append_text (GString *buffer, const char *text, gsize len);
void tide_csv_cell (TideCsv *csv, const char *bytes, gsize len);
void tide_csv_int (TideCsv *csv, int64_t value, int scale);

/* A reference; it may be another at any time. */
TideWorkspace *tide_serving_get_workspace (TideServing *serving);
/* A reference to the speed part of @metric; made when there is none. */
TideSpeed *tide_serving_get_speed (TideServing *serving, const char *metric);
void tide_speed_unref (TideSpeed *speed);
/* Makes it cover (cut, last]. Inside the reader's transaction, under its lock. */
bool tide_speed_extend (TideSpeed *speed, TideReader *reader, TideMetric *metric, const TideCut *cut, TideSeq last,
                        GCancellable *cancellable, GError **error);
/* After a query of @speed, under its lock: lets go of what is over the bound of all of them, the longest unused first. */
void tide_serving_trim (TideServing *serving, TideSpeed *speed);

/* Folds events with after < seq <= up_to and event time in [from, to) into @panes. */
typedef struct
{
  TideSeq after, up_to;
  TideTime from, to;
  bool by_day;       /* whole days of the metric's zone from day_from on may stand for their stored panes */
  TideTime day_from;
  void (*progress) (uint64_t events, void *data);
  void *data;
  GCancellable *cancellable;
  guint blocks;      /* out */
  TideSeq first_corrupt;
  uint64_t corrupt;  /* out */
} TideFold;

bool tide_serving_fold (TideReader *reader, TideMetric *metric, TideFold *fold, TideGroups *groups, TidePanes *panes,
                        GError **error);

/* States of one metric by layer, before they are composed to rows. */
typedef struct
{
  TideMetric *metric;  /* borrowed */
  TideMetric *former;  /* what it was until its new definition has caught up: all below is of it; NULL: of metric */
  TideCut cut;
  TideStreamFacts facts;
  TideGroups *groups;
  TidePanes *batch;    /* NULL: none asked for */
  TidePanes *speed;    /* owned unless it is the cache's */
  bool speed_is_cache;
  TidePanes *old;      /* panes that start before old_to, from older versions of the metric; NULL: none */
  TideTime old_to;     /* TIDE_TIME_NONE: none */
  guint blocks;
  TideDuration took;
  TideSeq first_corrupt;
  uint64_t corrupt;
} TideParts;

/* serving-versions.c: what an older version of the metric answers in place of the present one. */
bool tide_parts_read_former (TideReader *reader, TideParts *parts, GError **error);
bool tide_parts_read_old (TideReader *reader, TideTime from, TideTime to, TideParts *parts, GError **error);

void tide_parts_clear (TideParts *parts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TideParts, tide_parts_clear)

/* Reads what @view wants of @metric in [from, to). The caller holds @speed's lock and the transaction. */
bool tide_parts_read (TideServing *serving, TideReader *reader, TideSpeed *speed, TideMetric *metric, TideView view,
                      TideTime from, TideTime to, TideFold *fold, TideParts *ret_parts, GError **error);
/* The rows of @query from its parts; pure. */
TideRows *tide_parts_compose (const TideParts *parts, const TideQuery *query, GError **error);
/* Rows of a ratio from those of its two metrics; takes neither. */
TideRows *tide_rows_divide (TideMetric *ratio, const TideRows *numerator, const TideRows *denominator);
/* Where the stored panes of a query start, given its range and composition. */
TideTime tide_query_first_pane (const TideQuery *query);
/* End of the last row: of the pane that holds the last instant asked for. */
TideTime tide_query_end (const TideQuery *query);
TidePeriod tide_query_get_every (const TideQuery *query);
/* Whether rows are made of whole days of the metric's zone. */
bool tide_query_is_by_day (const TideQuery *query);

G_END_DECLS
