/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A bump allocator. A batch of events lives and dies at once, so its arrays and texts are cut from a few large
 * chunks and freed together: no allocation for each event, and its size is known for the bounds of queues.
 * Limit: nothing is freed before all is.
 */
#include "model-batch.h"

#include <string.h>

#define ALIGNMENT 16
#define FIRST_CHUNK_BYTES ((gsize) 1024)
#define MAX_CHUNK_BYTES ((gsize) 256 * 1024)

typedef struct Chunk
{
  struct Chunk *next; /* the one before it in time */
  gsize bytes;        /* of data */
  gsize used;
  gsize reserved;     /* keeps data aligned */
  guint8 data[];
} Chunk;

G_STATIC_ASSERT (sizeof (Chunk) % ALIGNMENT == 0);

struct _TideArena
{
  Chunk *chunk; /* newest; NULL before the first allocation */
  gsize bytes;
  gsize hint;
};

/**
 * tide_arena_new:
 *
 * Returns: (transfer full): an empty arena; it allocates when it is first asked for memory
 */
TideArena *
tide_arena_new (void)
{
  return tide_arena_new_sized (0);
}

/**
 * tide_arena_new_sized:
 * @bytes: how much is likely to be asked for; the first chunk is made that large
 */
TideArena *
tide_arena_new_sized (gsize bytes)
{
  TideArena *arena = g_new0 (TideArena, 1);

  arena->hint = MAX (bytes, FIRST_CHUNK_BYTES);
  return arena;
}

void
tide_arena_free (TideArena *arena)
{
  if (arena == NULL)
    return;
  while (arena->chunk != NULL)
    {
      Chunk *next = arena->chunk->next;

      g_free (arena->chunk);
      arena->chunk = next;
    }
  g_free (arena);
}

/**
 * tide_arena_reset:
 *
 * Forgets everything that was allocated; the largest chunk is kept for reuse.
 */
void
tide_arena_reset (TideArena *arena)
{
  Chunk *largest = NULL;

  while (arena->chunk != NULL)
    {
      Chunk *chunk = arena->chunk;

      arena->chunk = chunk->next;
      if (largest == NULL || chunk->bytes > largest->bytes)
        {
          g_free (largest);
          largest = chunk;
        }
      else
        g_free (chunk);
    }
  arena->chunk = largest;
  arena->bytes = 0;
  if (largest != NULL)
    {
      largest->next = NULL;
      largest->used = 0;
      arena->bytes = sizeof (Chunk) + largest->bytes;
    }
}

static void
add_chunk (TideArena *arena, gsize bytes)
{
  Chunk *chunk;

  bytes = (bytes + ALIGNMENT - 1) & ~(gsize) (ALIGNMENT - 1);
  chunk = g_malloc (sizeof (Chunk) + bytes);
  chunk->next = arena->chunk;
  chunk->bytes = bytes;
  chunk->used = 0;
  arena->chunk = chunk;
  arena->bytes += sizeof (Chunk) + bytes;
}

/**
 * tide_arena_alloc:
 *
 * Returns: memory aligned to 16, not zeroed, that lives as long as the arena; never %NULL
 */
void *
tide_arena_alloc (TideArena *arena, gsize bytes)
{
  gsize rounded = (bytes + ALIGNMENT - 1) & ~(gsize) (ALIGNMENT - 1);
  void *memory;

  g_assert (rounded >= bytes);
  if (arena->chunk == NULL || arena->chunk->bytes - arena->chunk->used < rounded)
    {
      gsize usual = arena->chunk == NULL ? arena->hint : MIN (2 * arena->chunk->bytes, MAX_CHUNK_BYTES);

      add_chunk (arena, MAX (usual, rounded));
    }
  memory = arena->chunk->data + arena->chunk->used;
  arena->chunk->used += rounded;
  return memory;
}

/**
 * tide_arena_reserve:
 *
 * Makes sure that the next @bytes come without another chunk, and that a new chunk is not larger than that.
 */
void
tide_arena_reserve (TideArena *arena, gsize bytes)
{
  if (arena->chunk == NULL || arena->chunk->bytes - arena->chunk->used < bytes)
    add_chunk (arena, bytes);
}

/**
 * tide_arena_copy:
 *
 * Returns: a copy of @len bytes at @data, not terminated
 */
char *
tide_arena_copy (TideArena *arena, const char *data, gsize len)
{
  char *copy = tide_arena_alloc (arena, len);

  if (len > 0)
    memcpy (copy, data, len);
  return copy;
}

/**
 * tide_arena_get_bytes:
 *
 * Returns: what the arena holds of the process's memory, used or not
 */
gsize
tide_arena_get_bytes (const TideArena *arena)
{
  return arena->bytes;
}
