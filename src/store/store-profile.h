/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the values of each field are spread, by day: counts and sketches that merge, so that a week is days put together. */
#pragma once

#include "store-db.h"
#include "store-writer.h"

G_BEGIN_DECLS

#define TIDE_PROFILE_TOP 32

typedef struct
{
  char *text;
  gint64 count;
} TideProfileTop;

/* Of one field and one day of event time (in the workspace's zone), or of some days merged. */
typedef struct
{
  char *stream, *field;
  TideTime day;            /* its start; of the first, when merged */
  gint64 events, nulls;
  TideDistinct distinct;
  TideQuantiles quantiles; /* of numbers; of times (in s) only min and max mean something */
  TideProfileTop top[TIDE_PROFILE_TOP]; /* of texts and bools, the commonest first; one that is not among the commonest of
                                           a part lacks that part's count */
  guint n_top;
} TideProfile;

TideProfile *tide_profile_new (const char *stream, const char *field, TideTime day);
void tide_profile_free (TideProfile *profile);
/* Adds @other's values. */
void tide_profile_merge (TideProfile *profile, const TideProfile *other);
/* Adds @count of a value to the commonest; too many at once drop the rarest. */
void tide_profile_add_top (TideProfile *profile, const char *text, gint64 count);

/* TideProfile* elements of days in [from, to), by field, then day; @merged: one for each field. */
GPtrArray *tide_store_get_profiles (TideReader *reader, const char *stream, TideTime from, TideTime to, bool merged,
                                    GError **error);
/* Up to which event the profiles go. */
bool tide_store_get_profile_mark (TideReader *reader, const char *stream, TideSeq *ret_seq, GError **error);
/* Merges @profiles into what is there and moves the mark, in one transaction, and forgets days before @keep_from. */
bool tide_profiles_save (TideWriter *writer, const char *stream, GPtrArray *profiles, TideSeq seq, TideTime keep_from,
                         GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideProfile, tide_profile_free)

G_END_DECLS
