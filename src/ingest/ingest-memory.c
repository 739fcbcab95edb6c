/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rules remember of the events before: a number for each hash, in two generations of open addressing. When the young
 * one is full the old one is dropped and takes its place, so that memory is bounded and no entry is ever moved.
 * Limit: at least the newest GENERATION_MAX hashes are kept; two values of the same 64 bits of hash are taken for one. */
#include "ingest-rules.h"

#include <string.h>

#define GENERATION_MAX (1u << 18)
#define SLOTS_FIRST 1024u

typedef struct
{
  uint64_t hash; /* 0: free */
  int64_t number;
} Slot;

typedef struct
{
  Slot *slots;
  uint32_t n_slots, n; /* n_slots: a power of two, or 0 */
} Generation;

struct _TideMemory
{
  Generation young, old;
};

TideMemory *
tide_memory_new (void)
{
  return g_new0 (TideMemory, 1);
}

void
tide_memory_forget (TideMemory *memory)
{
  g_free (memory->young.slots);
  g_free (memory->old.slots);
  *memory = (TideMemory){ { NULL, 0, 0 }, { NULL, 0, 0 } };
}

void
tide_memory_free (TideMemory *memory)
{
  if (memory == NULL)
    return;
  tide_memory_forget (memory);
  g_free (memory);
}

/* The slot that has @hash or would take it; NULL: there are none yet. */
static Slot *
generation_slot (const Generation *generation, uint64_t hash)
{
  if (generation->n_slots == 0)
    return NULL;
  for (uint32_t i = (uint32_t) hash;; i++)
    {
      Slot *slot = &generation->slots[i & (generation->n_slots - 1)];
      if (slot->hash == hash || slot->hash == 0)
        return slot;
    }
}

static void
generation_grow (Generation *generation)
{
  Generation larger = { .n_slots = generation->n_slots > 0 ? 2 * generation->n_slots : SLOTS_FIRST };
  larger.slots = g_new0 (Slot, larger.n_slots);
  larger.n = generation->n;
  for (uint32_t i = 0; i < generation->n_slots; i++)
    if (generation->slots[i].hash != 0)
      *generation_slot (&larger, generation->slots[i].hash) = generation->slots[i];
  g_free (generation->slots);
  *generation = larger;
}

bool
tide_memory_find (const TideMemory *memory, uint64_t hash, int64_t *ret_number)
{
  hash |= hash == 0;
  const Slot *slot = generation_slot (&memory->young, hash);
  if (slot == NULL || slot->hash == 0)
    slot = generation_slot (&memory->old, hash);
  if (slot == NULL || slot->hash == 0)
    return false;
  *ret_number = slot->number;
  return true;
}

void
tide_memory_put (TideMemory *memory, uint64_t hash, int64_t number)
{
  Generation *young = &memory->young;
  hash |= hash == 0;
  if (young->n >= GENERATION_MAX)
    {
      g_free (memory->old.slots);
      memory->old = *young;
      *young = (Generation){ NULL, 0, 0 };
    }
  if (2 * young->n >= young->n_slots)
    generation_grow (young);
  Slot *slot = generation_slot (young, hash);
  young->n += slot->hash == 0;
  *slot = (Slot){ hash, number };
}
