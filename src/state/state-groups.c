/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The dictionary of groups. Ids are given in the order of the first event of each group, which is a fact of the
 * stream and not of who reads it: so every layer has the same ids, and the cap sends the same groups to `other`.
 * A metric without by= has one group of no values, with id 1, since 0 is `other` for all. Long texts count too: once
 * those of all groups take TEXT_MAX_BYTES whatever is new goes to `other`, as past the cap.
 * Limit: grows only, but for truncate(), which forgets the newest.
 */
#include "state-private.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define FIRST_SLOTS 16u
#define TEXT_MAX_BYTES (16 * 1024 * 1024)

/* Points to the group, so that from hash to texts it is two steps through memory, each of which can be prefetched. */
typedef struct
{
  const TideGroup *group; /* NULL is free */
  uint32_t hash;
  uint32_t id;
} Slot;

struct _TideGroups
{
  uint32_t n_by, cap;
  uint32_t n; /* ids given, `other` included */
  gsize text_bytes; /* of all groups */
  uint32_t allocated;
  TideGroup **groups; /* by id; [0] is NULL. They and their texts lie in the arena, so they stay where they are */
  Slot *slots;
  uint32_t slot_mask;
  TideArena *arena;
};

/**
 * tide_groups_new:
 * @n_by: how many values a group has
 * @cap: how many groups get an id of their own
 */
TideGroups *
tide_groups_new (uint32_t n_by, uint32_t cap)
{
  TideGroups *groups = g_new0 (TideGroups, 1);

  groups->n_by = n_by;
  groups->cap = cap;
  groups->n = 1;
  groups->allocated = FIRST_SLOTS / 2;
  groups->groups = g_new0 (TideGroup *, groups->allocated);
  groups->slots = g_new0 (Slot, FIRST_SLOTS);
  groups->slot_mask = FIRST_SLOTS - 1;
  groups->arena = tide_arena_new ();
  return groups;
}

void
tide_groups_free (TideGroups *groups)
{
  if (groups == NULL)
    return;
  g_free (groups->groups);
  g_free (groups->slots);
  tide_arena_free (groups->arena);
  g_free (groups);
}

uint32_t
tide_groups_hash (const TideGroups *groups, const TideText *values)
{
  uint64_t hash = 0;

  for (uint32_t i = 0; i < groups->n_by; i++)
    {
      uint64_t value = values[i].data == NULL ? UINT64_C (0x2545f4914f6cdd1d)
                                              : XXH3_64bits (values[i].data, values[i].len);

      hash = tide_state_mix (hash ^ value, UINT64_C (0x9e3779b97f4a7c15) + i);
    }
  return (uint32_t) hash;
}

static bool
has_values (const TideGroups *groups, const TideGroup *group, const TideText *values)
{
  for (uint32_t i = 0; i < groups->n_by; i++)
    if ((group->values[i].data == NULL) != (values[i].data == NULL) || !tide_text_equal (group->values[i], values[i]))
      return false;
  return true;
}

/* The slot of the group, or the free one where it would be. */
static Slot *
find_slot (const TideGroups *groups, const TideText *values, uint32_t hash)
{
  uint32_t at = hash & groups->slot_mask;

  for (; groups->slots[at].group != NULL; at = (at + 1) & groups->slot_mask)
    if (groups->slots[at].hash == hash && has_values (groups, groups->slots[at].group, values))
      break;
  return &groups->slots[at];
}

static void
put_slot (Slot *slots, uint32_t mask, Slot slot)
{
  uint32_t at = slot.hash & mask;

  while (slots[at].group != NULL)
    at = (at + 1) & mask;
  slots[at] = slot;
}

static void
grow (TideGroups *groups)
{
  uint32_t n_slots = (groups->slot_mask + 1) * 2;
  Slot *slots = g_new0 (Slot, n_slots);

  for (uint32_t i = 0; i <= groups->slot_mask; i++)
    if (groups->slots[i].group != NULL)
      put_slot (slots, n_slots - 1, groups->slots[i]);
  g_free (groups->slots);
  groups->slots = slots;
  groups->slot_mask = n_slots - 1;
  groups->allocated = n_slots / 2;
  groups->groups = g_renew (TideGroup *, groups->groups, groups->allocated);
}

static TideGroup *
copy_group (TideGroups *groups, const TideText *values, TideSeq seq)
{
  TideGroup *group;
  gsize bytes = 0;
  char *at;

  for (uint32_t i = 0; i < groups->n_by; i++)
    bytes += values[i].len;
  group = tide_arena_alloc (groups->arena, sizeof *group + groups->n_by * sizeof (TideText) + bytes + 1);
  group->first_seq = seq;
  group->values = (TideText *) (group + 1);
  at = (char *) (group->values + groups->n_by);
  for (uint32_t i = 0; i < groups->n_by; i++)
    {
      group->values[i] = (TideText){ values[i].data == NULL ? NULL : at, values[i].len };
      if (values[i].len > 0)
        memcpy (at, values[i].data, values[i].len);
      at += values[i].len;
    }
  return group;
}

/* The group is not there yet. */
static uint32_t
append (TideGroups *groups, const TideText *values, uint32_t hash, TideSeq seq)
{
  uint32_t id = groups->n;

  if (id == groups->allocated)
    grow (groups);
  for (uint32_t i = 0; i < groups->n_by; i++)
    groups->text_bytes += values[i].len;
  groups->groups[id] = copy_group (groups, values, seq);
  put_slot (groups->slots, groups->slot_mask, (Slot){ groups->groups[id], hash, id });
  groups->n++;
  return id;
}

/**
 * tide_groups_copy:
 *
 * Returns: (transfer full): a dictionary of its own with the same ids
 */
TideGroups *
tide_groups_copy (const TideGroups *groups)
{
  TideGroups *copy = g_memdup2 (groups, sizeof *groups);

  copy->groups = g_memdup2 (groups->groups, groups->allocated * sizeof *groups->groups);
  copy->slots = g_memdup2 (groups->slots, (groups->slot_mask + 1) * sizeof *groups->slots);
  copy->arena = tide_arena_new_sized (tide_arena_get_bytes (groups->arena));
  for (uint32_t id = 1; id < groups->n; id++)
    copy->groups[id] = copy_group (copy, groups->groups[id]->values, groups->groups[id]->first_seq);
  for (uint32_t i = 0; i <= copy->slot_mask; i++)
    if (copy->slots[i].group != NULL)
      copy->slots[i].group = copy->groups[copy->slots[i].id];
  return copy;
}

uint32_t
tide_groups_get_n (const TideGroups *groups)
{
  return groups->n;
}

/**
 * tide_groups_get:
 *
 * Returns: (nullable): the group, which stays where it is until truncate or free; %NULL for `other`
 */
const TideGroup *
tide_groups_get (const TideGroups *groups, uint32_t id)
{
  g_assert (id < groups->n);
  return id == TIDE_GROUP_OTHER ? NULL : groups->groups[id];
}

/**
 * tide_groups_add:
 * @values: n_by of them, copied; %NULL when n_by is 0
 * @seq: of the event; never less than that of an earlier add
 *
 * Returns: the id of the group; %TIDE_GROUP_OTHER when it is new and the dictionary is full
 */
uint32_t
tide_groups_add (TideGroups *groups, const TideText *values, TideSeq seq)
{
  return tide_groups_add_hashed (groups, values, tide_groups_hash (groups, values), seq);
}

uint32_t
tide_groups_add_hashed (TideGroups *groups, const TideText *values, uint32_t hash, TideSeq seq)
{
  const Slot *slot = find_slot (groups, values, hash);

  if (slot->group != NULL)
    return slot->id;
  return tide_groups_is_capped (groups) ? TIDE_GROUP_OTHER : append (groups, values, hash, seq);
}

void
tide_groups_prefetch_slot (const TideGroups *groups, uint32_t hash)
{
  __builtin_prefetch (&groups->slots[hash & groups->slot_mask]);
}

void
tide_groups_prefetch_group (const TideGroups *groups, uint32_t hash)
{
  const TideGroup *group = groups->slots[hash & groups->slot_mask].group;

  __builtin_prefetch (group);
  __builtin_prefetch ((const guint8 *) group + 48);
}

bool
tide_groups_find (const TideGroups *groups, const TideText *values, uint32_t *ret_id)
{
  const Slot *slot = find_slot (groups, values, tide_groups_hash (groups, values));

  if (slot->group == NULL)
    return false;
  *ret_id = slot->id;
  return true;
}

/**
 * tide_groups_get_label:
 *
 * Returns: (transfer full): the group's values; a null is "–"
 */
char *
tide_groups_get_label (const TideGroups *groups, uint32_t id)
{
  const TideGroup *group = tide_groups_get (groups, id);
  GString *label;

  if (group == NULL)
    return g_strdup ("other");
  if (groups->n_by == 0)
    return g_strdup ("All");
  label = g_string_new (NULL);
  for (uint32_t i = 0; i < groups->n_by; i++)
    {
      if (i > 0)
        g_string_append (label, ", ");
      if (group->values[i].data == NULL)
        g_string_append (label, "–");
      else
        g_string_append_len (label, group->values[i].data, group->values[i].len);
    }
  return g_string_free (label, FALSE);
}

/**
 * tide_groups_is_capped:
 *
 * Returns: whether a group that comes now goes to `other`
 */
bool
tide_groups_is_capped (const TideGroups *groups)
{
  return groups->n - 1 >= groups->cap || groups->text_bytes >= TEXT_MAX_BYTES;
}

/**
 * tide_groups_write_key:
 * @id: not `other`
 *
 * Appends the group's values: each its length + 1 and its bytes; 0 is null.
 */
void
tide_groups_write_key (const TideGroups *groups, uint32_t id, GByteArray *bytes)
{
  const TideGroup *group = tide_groups_get (groups, id);

  for (uint32_t i = 0; i < groups->n_by; i++)
    if (group->values[i].data == NULL)
      tide_state_put_varint (bytes, 0);
    else
      {
        tide_state_put_varint (bytes, (uint64_t) group->values[i].len + 1);
        g_byte_array_append (bytes, (const guint8 *) group->values[i].data, group->values[i].len);
      }
}

/**
 * tide_groups_append_key:
 *
 * The group gets the next id.
 *
 * Errors: TIDE_ERROR_CORRUPT for what write_key() does not write, a group that is there already, more groups than
 * the cap, and a seq before that of the group before.
 */
bool
tide_groups_append_key (TideGroups *groups, const guint8 *key, gsize len, TideSeq first_seq, GError **error)
{
  TideStateReader reader = { key, key + len };
  g_autofree TideText *values = g_new0 (TideText, groups->n_by + 1);
  uint32_t hash;

  for (uint32_t i = 0; i < groups->n_by; i++)
    {
      uint64_t length;

      if (!tide_state_get_varint (&reader, &length))
        return tide_state_corrupt (error, "group");
      if (length == 0)
        continue;
      if (length - 1 > (gsize) (reader.end - reader.at) || length > UINT32_MAX)
        return tide_state_corrupt (error, "group");
      values[i] = (TideText){ (const char *) reader.at, (uint32_t) (length - 1) };
      reader.at += length - 1;
    }
  hash = tide_groups_hash (groups, values);
  if (reader.at != reader.end || tide_groups_is_capped (groups) || find_slot (groups, values, hash)->group != NULL
      || (groups->n > 1 && groups->groups[groups->n - 1]->first_seq > first_seq))
    return tide_state_corrupt (error, "group");
  append (groups, values, hash, first_seq);
  return true;
}

/**
 * tide_groups_truncate:
 *
 * Forgets the groups first seen after @cut, as if no later event had been read. Groups got before are not valid any
 * more.
 */
void
tide_groups_truncate (TideGroups *groups, TideSeq cut)
{
  TideGroups *kept, swap;

  if (groups->n == 1 || groups->groups[groups->n - 1]->first_seq <= cut)
    return;
  kept = tide_groups_new (groups->n_by, groups->cap);
  for (uint32_t id = 1; id < groups->n && groups->groups[id]->first_seq <= cut; id++)
    append (kept, groups->groups[id]->values, tide_groups_hash (groups, groups->groups[id]->values),
            groups->groups[id]->first_seq);
  swap = *groups;
  *groups = *kept;
  *kept = swap;
  tide_groups_free (kept);
}

gsize
tide_groups_get_bytes (const TideGroups *groups)
{
  return sizeof *groups + groups->allocated * sizeof *groups->groups
         + (groups->slot_mask + 1) * sizeof *groups->slots + tide_arena_get_bytes (groups->arena);
}
