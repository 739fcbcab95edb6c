/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store-db.h"

G_BEGIN_DECLS

/* Reads the events of a stream block by block, only the columns that are asked for, skipping blocks by zone
 * maps. Must live inside one tide_reader_begin()/end(), unless it is chunked: see next_seq. */
typedef struct _TideScan TideScan;

typedef struct
{
  const TideStream *stream;
  TideSeq after, up_to;    /* events with after < seq <= up_to; up_to 0: all */
  TideTime from, to;       /* skip blocks outside [from, to) of event time; TIDE_TIME_NONE / _MAX: no limit. Rows
                              outside it may still come from blocks that straddle */
  const bool *columns;     /* by batch column, n = TIDE_COLUMN_FIELD0 + fields; NULL: all but the payload */
  bool descending;         /* newest block first; rows in a block stay ascending */
} TideScanOptions;

TideScan *tide_scan_new (TideReader *reader, const TideScanOptions *options, GError **error);
void tide_scan_free (TideScan *scan);
/* The next block, trimmed to the range; borrowed until the next call. TRUE with *ret_batch NULL at the end.
 * A corrupted block is skipped, counted and named (get_corrupt), never a wrong number in silence. */
bool tide_scan_next (TideScan *scan, const TideBatch **ret_batch, GError **error);
/* One past the last seq that next() returned: where another scan goes on, whatever was sealed in between. */
TideSeq tide_scan_get_next_seq (const TideScan *scan);
/* Events in blocks that could not be read; ret_first names the first such seq. */
uint64_t tide_scan_get_corrupt (const TideScan *scan, TideSeq *ret_first);
guint tide_scan_get_n_blocks (const TideScan *scan);

/* Facts about a stream as of the reader's transaction. 0 / TIDE_TIME_NONE when it is empty. */
typedef struct
{
  TideSeq last_seq;   /* S */
  TideSeq floor_seq;  /* events up to here are folded into the base and gone */
  uint64_t events;    /* stored now */
  guint blocks, small_blocks;
  gint64 bytes;
  TideTime time_min, time_max;
} TideStreamFacts;

bool tide_store_get_stream_facts (TideReader *reader, const char *stream, TideStreamFacts *ret_facts, GError **error);
/* Events and blob bytes after @cut (from the blocks' rows, nothing is decoded), and the event time of the event at the
 * cut itself. */
bool tide_store_get_since (TideReader *reader, const char *stream, TideSeq cut, uint64_t *ret_events,
                           gint64 *ret_bytes, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideScan, tide_scan_free)

G_END_DECLS
