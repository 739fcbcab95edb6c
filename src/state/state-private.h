/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of state/: how states are written, and the parts that kinds of aggregates have in common. */
#pragma once

#include "state.h"

#include <string.h>

/* Rows are taken in runs of this many, so that what a run needs can be fetched ahead of its use. */
#define TIDE_FOLD_RUN 256

/* Bytes of a state being read. Every get fails at the end of the data, and on what put does not write. */
typedef struct
{
  const guint8 *at, *end;
} TideStateReader;

void tide_state_put_varint (GByteArray *bytes, uint64_t value);
void tide_state_put_double (GByteArray *bytes, double value);
bool tide_state_get_byte (TideStateReader *reader, guint8 *ret_value);
bool tide_state_get_varint (TideStateReader *reader, uint64_t *ret_value);
bool tide_state_get_double (TideStateReader *reader, double *ret_value);
/* Always false. */
bool tide_state_corrupt (GError **error, const char *what);

static inline bool
tide_row_is_valid (const uint64_t *valid, uint32_t row)
{
  return valid == NULL || (valid[row >> 6] >> (row & 63) & 1) != 0;
}

static inline uint64_t
tide_state_mix (uint64_t a, uint64_t b)
{
  __extension__ unsigned __int128 product = (unsigned __int128) a * b;

  return (uint64_t) product ^ (uint64_t) (product >> 64);
}

/* The kinds, one file each; listed in state-aggregate.c. */
extern const TideAggregate tide_aggregate_count, tide_aggregate_rate, tide_aggregate_sum, tide_aggregate_avg,
    tide_aggregate_min, tide_aggregate_max, tide_aggregate_p50, tide_aggregate_p90, tide_aggregate_p95,
    tide_aggregate_p99, tide_aggregate_distinct, tide_aggregate_ratio;

/* A count is the state of rates too. */
gsize tide_count_fold (const TideAggregate *self, guint8 *states, const TideColumn *column, const uint32_t *rows,
                       const uint32_t *slots, uint32_t n);
gsize tide_count_merge (const TideAggregate *self, void *state, const void *other);
void tide_count_write (const void *state, GByteArray *bytes);
bool tide_count_read (void *state, const guint8 *data, gsize len, GError **error);
uint64_t tide_count_count (const void *state);

/* tide_groups_add() in steps, so that many look-ups wait for memory at the same time. */
uint32_t tide_groups_hash (const TideGroups *groups, const TideText *values);
void tide_groups_prefetch_slot (const TideGroups *groups, uint32_t hash);
void tide_groups_prefetch_group (const TideGroups *groups, uint32_t hash);
uint32_t tide_groups_add_hashed (TideGroups *groups, const TideText *values, uint32_t hash, TideSeq seq);

/* The bin of a finite magnitude > 0, ascending with it, and the value that stands for all of a bin. */
uint32_t tide_quantiles_index (double magnitude);
double tide_quantiles_value (uint32_t index);
/* As tide_quantiles_add() for n values, each into the sketch of its slot. */
gsize tide_quantiles_add_many (TideQuantiles *sketches, const double *values, const uint32_t *slots, uint32_t n);

/* Asks for the memory that adding @hash will touch. */
static inline void
tide_distinct_prefetch (const TideDistinct *sketch, uint64_t hash)
{
  if (sketch->registers != NULL)
    __builtin_prefetch (&sketch->registers[hash >> 50], 1);
  else if (sketch->sparse != NULL)
    __builtin_prefetch (&sketch->sparse[(hash >> 39) & (sketch->allocated - 1)], 1);
}
