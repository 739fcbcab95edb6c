/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The texts of a batch while it is built. */
#pragma once

#include "model-batch.h"

G_BEGIN_DECLS

/* Where the bytes of texts go: slabs of the batch's arena, shared by all columns. */
typedef struct
{
  TideArena *arena;  /* NULL until the first text */
  char *at, *end;
  char *row_at;      /* where the texts of the row under way start; of a slab it began, the beginning */
  gsize bytes;       /* of the texts */
  gsize last_bytes;  /* of those of the batch before */
  uint64_t seed;     /* of the hash */
} TideTextStore;

/* What a row brings is forgotten with it. */
void tide_text_store_abandon_row (TideTextStore *store, bool first_row);
/* The arena with the texts; a new one if there was none. The store starts afresh. */
TideArena *tide_text_store_take (TideTextStore *store);

/* The texts of one column, each with its code. */
typedef struct
{
  TideText *texts;
  uint32_t n, allocated;
  /* Open addressing: the high half of a slot is the text's hash, the low half its code + 1; 0 is free. At most half
   * of the slots are taken. NULL: not interned. */
  uint64_t *slots;
  uint32_t slot_mask;
} TideTextDict;

void tide_text_dict_init (TideTextDict *dict, bool interned);
void tide_text_dict_clear (TideTextDict *dict);
/* The code of the text, which is copied when it is new or the dictionary is not interned. */
uint32_t tide_text_dict_add (TideTextDict *dict, TideTextStore *store, const char *data, gsize len);
void tide_text_dict_remove_newest (TideTextDict *dict, TideTextStore *store);
/* Forgets all texts, with slots for about as many. */
void tide_text_dict_restart (TideTextDict *dict);

G_END_DECLS
