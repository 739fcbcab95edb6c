/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of aggregates. A kind is one file state-aggregate-NAME.c and a row in state-aggregate.c. */
#pragma once

#include "model.h"

G_BEGIN_DECLS

typedef struct _TideAggregate TideAggregate;

/* A state is state_bytes (at most 64) of plain memory, aligned to 16, all zero when empty, that may own more and may be
 * moved. Merging is commutative and associative to the bit (reals: to rounding), so any order of events gives the
 * same state. */
struct _TideAggregate
{
  TideAggregateSpec spec;
  gsize state_bytes;
  /* Adds rows[i] of @column to the state at states + slots[i] * state_bytes; null rows are left out (count
   * without a field gets @column NULL and takes all). Vectorised over n rows. Returns how many bytes the
   * states grew by outside their state_bytes. */
  gsize (*fold) (const TideAggregate *self, guint8 *states, const TideColumn *column, const uint32_t *rows,
                 const uint32_t *slots, uint32_t n);
  gsize (*merge) (const TideAggregate *self, void *state, const void *other);
  /* Whether it can have come from a field of @type: real and exact states do not add up. NULL: always. */
  bool (*fits) (const void *state, TideType type);
  void (*clear) (void *state); /* NULL: owns nothing */
  void (*write) (const void *state, GByteArray *bytes);
  /* Into an empty state; FALSE and TIDE_ERROR_CORRUPT on anything that write() does not make. Fuzzed. */
  bool (*read) (void *state, const guint8 *data, gsize len, GError **error);
  /* @scale: of the column (decimals); @pane: its length, for rates. */
  TideValue (*finish) (const TideAggregate *self, const void *state, int scale, TideDuration pane);
  /* Events (non-null rows) in it. */
  uint64_t (*count) (const void *state);
};

/* NULL-terminated, in the order that dialogs show; ratio is among them, with state_bytes 0. */
extern const TideAggregate *const tide_aggregates[];
/* Their specs, for the catalog; NULL-terminated. */
const TideAggregateSpec *const *tide_aggregate_specs (void);
const TideAggregate *tide_aggregate_of (const TideMetric *metric);

G_END_DECLS
