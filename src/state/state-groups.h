/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model.h"

G_BEGIN_DECLS

/* Group 0 is `other`: what came after the cap was reached. */
#define TIDE_GROUP_OTHER 0

/* The dictionary of one metric version: a group gets its id at the first event that has it, in order of seq,
 * so every layer numbers (and caps) alike. A group is a tuple of texts, each may be null: values of any type
 * are kept as text, as they stand in CSV. Without by= there is one group, of no values, with id 1. Grows only. One
 * thread at a time. */
typedef struct _TideGroups TideGroups;

typedef struct
{
  TideSeq first_seq;
  TideText *values; /* n_by; data NULL is null */
} TideGroup;

TideGroups *tide_groups_new (uint32_t n_by, uint32_t cap);
TideGroups *tide_groups_copy (const TideGroups *groups);
void tide_groups_free (TideGroups *groups);
/* Ids are 0 .. n - 1, 0 being `other`; n is 1 when no group was seen. */
uint32_t tide_groups_get_n (const TideGroups *groups);
/* NULL for `other`. */
const TideGroup *tide_groups_get (const TideGroups *groups, uint32_t id);
/* Adds when it is new and the cap allows, else TIDE_GROUP_OTHER. */
uint32_t tide_groups_add (TideGroups *groups, const TideText *values, TideSeq seq);
bool tide_groups_find (const TideGroups *groups, const TideText *values, uint32_t *ret_id);
/* For storage: a group's values in one text (length-prefixed), and back: appends with the next id. */
void tide_groups_write_key (const TideGroups *groups, uint32_t id, GByteArray *bytes);
bool tide_groups_append_key (TideGroups *groups, const guint8 *key, gsize len, TideSeq first_seq, GError **error);
/* For people: "Berlin", "Berlin, card", "other", or "All" without by=; the caller's. */
char *tide_groups_get_label (const TideGroups *groups, uint32_t id);
bool tide_groups_is_capped (const TideGroups *groups);
/* Forgets the groups first seen after @cut, as if no later event had been read. */
void tide_groups_truncate (TideGroups *groups, TideSeq cut);
gsize tide_groups_get_bytes (const TideGroups *groups);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideGroups, tide_groups_free)

G_END_DECLS
