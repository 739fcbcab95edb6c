/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Texts of a batch: copied once into its arena and interned by an open-addressing table, which must stay cheap for
 * columns where every event has its own. The hash is seeded, so that no sender can choose texts that collide.
 * Limit: a text can be taken back only while it is the newest, which is what abandoning a row needs.
 */
#include "model-batch-private.h"

#include <string.h>

#define FIRST_SLOTS 16u
#define FIRST_SLAB_BYTES ((gsize) 1024)
#define MAX_SLAB_BYTES ((gsize) 128 * 1024)
/* What is kept for the next row when no row needs it. */
#define MAX_SPARE_BYTES ((gsize) 64 * 1024)

static inline uint64_t
load64 (const char *data)
{
  uint64_t word;

  memcpy (&word, data, sizeof word);
  return word;
}

static inline uint64_t
load32 (const char *data)
{
  uint32_t word;

  memcpy (&word, data, sizeof word);
  return word;
}

static inline uint64_t
mix (uint64_t a, uint64_t b)
{
  __extension__ unsigned __int128 product = (unsigned __int128) a * b;

  return (uint64_t) product ^ (uint64_t) (product >> 64);
}

/* Multiply and fold over 16 bytes a step, in the manner of wyhash. */
static inline uint32_t
hash_text (const char *data, gsize len, uint64_t seed)
{
  const uint64_t k0 = 0x9e3779b97f4a7c15u, k1 = 0xd6e8feb86659fd93u;
  uint64_t a = 0, b = 0;
  gsize left = len;

  seed ^= k0;
  for (; left > 16; left -= 16, data += 16)
    seed = mix (load64 (data) ^ k1, load64 (data + 8) ^ seed);
  if (left >= 8)
    {
      a = load64 (data);
      b = load64 (data + left - 8);
    }
  else if (left >= 4)
    {
      a = load32 (data);
      b = load32 (data + left - 4);
    }
  else if (left > 0)
    a = (uint64_t) (uint8_t) data[0] << 16 | (uint64_t) (uint8_t) data[left >> 1] << 8 | (uint8_t) data[left - 1];
  return (uint32_t) mix (k1 ^ len, mix (a ^ k1, b ^ seed));
}

/* memcmp() without the call for the short texts that columns are full of. */
static inline bool
same_bytes (const char *a, const char *b, gsize len)
{
  if (len >= 8 && len <= 16)
    return ((load64 (a) ^ load64 (b)) | (load64 (a + len - 8) ^ load64 (b + len - 8))) == 0;
  if (len >= 4 && len < 8)
    return ((load32 (a) ^ load32 (b)) | (load32 (a + len - 4) ^ load32 (b + len - 4))) == 0;
  return len == 0 || memcmp (a, b, len) == 0;
}

static void
new_slab (TideTextStore *store, gsize len)
{
  gsize bytes = store->arena == NULL ? store->last_bytes : MIN (store->bytes, MAX_SLAB_BYTES);

  bytes = MAX (MAX (bytes, FIRST_SLAB_BYTES), len);
  if (store->arena == NULL)
    store->arena = tide_arena_new_sized (bytes);
  store->at = tide_arena_alloc (store->arena, bytes);
  store->row_at = store->at;
  store->end = store->at + bytes;
}

static inline TideText
copy_text (TideTextStore *store, const char *data, gsize len)
{
  TideText text;

  if (store->at == NULL || (gsize) (store->end - store->at) < len)
    new_slab (store, len);
  text = (TideText){ store->at, (uint32_t) len };
  if (len > 0)
    memcpy (store->at, data, len);
  store->at += len;
  store->bytes += len;
  return text;
}

/* Texts that began another slab leave it to the next rows; when there is no row yet, large ones leave nothing. */
void
tide_text_store_abandon_row (TideTextStore *store, bool first_row)
{
  store->at = store->row_at;
  if (!first_row || store->arena == NULL || tide_arena_get_bytes (store->arena) <= MAX_SPARE_BYTES)
    return;
  g_clear_pointer (&store->arena, tide_arena_free);
  store->at = store->end = store->row_at = NULL;
}

TideArena *
tide_text_store_take (TideTextStore *store)
{
  TideArena *arena = store->arena != NULL ? g_steal_pointer (&store->arena) : tide_arena_new ();

  store->at = store->end = store->row_at = NULL;
  store->last_bytes = store->bytes;
  store->bytes = 0;
  return arena;
}

void
tide_text_dict_init (TideTextDict *dict, bool interned)
{
  *dict = (TideTextDict){ 0 };
  if (!interned)
    return;
  dict->slots = g_new0 (uint64_t, FIRST_SLOTS);
  dict->slot_mask = FIRST_SLOTS - 1;
}

void
tide_text_dict_clear (TideTextDict *dict)
{
  g_free (dict->texts);
  g_free (dict->slots);
}

static void
grow_slots (TideTextDict *dict)
{
  uint32_t n_slots = (dict->slot_mask + 1) * 2;
  uint64_t *slots = g_new0 (uint64_t, n_slots);

  for (uint32_t i = 0; i <= dict->slot_mask; i++)
    if (dict->slots[i] != 0)
      {
        uint32_t at = (uint32_t) (dict->slots[i] >> 32) & (n_slots - 1);

        while (slots[at] != 0)
          at = (at + 1) & (n_slots - 1);
        slots[at] = dict->slots[i];
      }
  g_free (dict->slots);
  dict->slots = slots;
  dict->slot_mask = n_slots - 1;
}

static inline uint32_t
append (TideTextDict *dict, TideTextStore *store, const char *data, gsize len)
{
  if (G_UNLIKELY (dict->n == dict->allocated))
    {
      dict->allocated = MAX (dict->allocated * 2, 16);
      dict->texts = g_renew (TideText, dict->texts, dict->allocated);
    }
  dict->texts[dict->n] = copy_text (store, data, len);
  return dict->n++;
}

uint32_t
tide_text_dict_add (TideTextDict *dict, TideTextStore *store, const char *data, gsize len)
{
  uint32_t hash, at, code;

  if (dict->slots == NULL)
    return append (dict, store, data, len);
  /* Before the look-up and not after: the newest text must be the last that was put into the slots. */
  if (G_UNLIKELY (dict->n * 2 > dict->slot_mask))
    grow_slots (dict);
  hash = hash_text (data, len, store->seed);
  for (at = hash & dict->slot_mask; dict->slots[at] != 0; at = (at + 1) & dict->slot_mask)
    if ((uint32_t) (dict->slots[at] >> 32) == hash)
      {
        const TideText *text = &dict->texts[(uint32_t) dict->slots[at] - 1];

        if (text->len == len && same_bytes (text->data, data, len))
          return (uint32_t) dict->slots[at] - 1;
      }
  code = append (dict, store, data, len);
  dict->slots[at] = (uint64_t) hash << 32 | (code + 1);
  return code;
}

/* No probe for another text passes over its slot, since they were all put in before. */
void
tide_text_dict_remove_newest (TideTextDict *dict, TideTextStore *store)
{
  TideText text = dict->texts[dict->n - 1];

  if (dict->slots != NULL)
    {
      uint32_t at = hash_text (text.data, text.len, store->seed) & dict->slot_mask;

      while ((uint32_t) dict->slots[at] != dict->n)
        at = (at + 1) & dict->slot_mask;
      dict->slots[at] = 0;
    }
  dict->n--;
  store->bytes -= text.len;
}

/* The table is made to fit what there was, so that a quiet stream does not clear a large one for each small batch. */
void
tide_text_dict_restart (TideTextDict *dict)
{
  uint32_t n_slots = FIRST_SLOTS;

  if (dict->slots != NULL && dict->n > 0)
    {
      while (n_slots < 2 * dict->n + 2 && n_slots <= dict->slot_mask)
        n_slots *= 2;
      dict->slot_mask = n_slots - 1;
      memset (dict->slots, 0, n_slots * sizeof *dict->slots);
    }
  dict->n = 0;
}
