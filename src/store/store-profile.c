/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Profiles of fields: a row a day and field, merged with what is there whenever more of the day was read. The mark says up
 * to which event that was, and moves in the same transaction, so that no event counts twice.
 * Limit: events that retention deleted stay counted; profiles are of what came, not of what is still there. */
#include "store-profile.h"
#include "store-statement.h"

#include <string.h>

TideProfile *
tide_profile_new (const char *stream, const char *field, TideTime day)
{
  TideProfile *profile = g_new0 (TideProfile, 1);
  profile->stream = g_strdup (stream);
  profile->field = g_strdup (field);
  profile->day = day;
  return profile;
}

void
tide_profile_free (TideProfile *profile)
{
  if (profile == NULL)
    return;
  for (guint i = 0; i < profile->n_top; i++)
    g_free (profile->top[i].text);
  tide_distinct_clear (&profile->distinct);
  tide_quantiles_clear (&profile->quantiles);
  g_free (profile->stream);
  g_free (profile->field);
  g_free (profile);
}

void
tide_profile_add_top (TideProfile *profile, const char *text, gint64 count)
{
  guint at = 0;
  while (at < profile->n_top && strcmp (profile->top[at].text, text) != 0)
    at++;
  if (at == profile->n_top && at == TIDE_PROFILE_TOP)
    {
      if (profile->top[--at].count >= count)
        return;
      g_free (profile->top[at].text);
      profile->top[at] = (TideProfileTop){ g_strdup (text), 0 };
    }
  else if (at == profile->n_top)
    profile->top[profile->n_top++] = (TideProfileTop){ g_strdup (text), 0 };
  profile->top[at].count += count;
  for (; at > 0 && profile->top[at - 1].count < profile->top[at].count; at--)
    {
      TideProfileTop other = profile->top[at - 1];
      profile->top[at - 1] = profile->top[at];
      profile->top[at] = other;
    }
}

void
tide_profile_merge (TideProfile *profile, const TideProfile *other)
{
  profile->events += other->events;
  profile->nulls += other->nulls;
  tide_distinct_merge (&profile->distinct, &other->distinct);
  tide_quantiles_merge (&profile->quantiles, &other->quantiles);
  for (guint i = 0; i < other->n_top; i++)
    tide_profile_add_top (profile, other->top[i].text, other->top[i].count);
}

/* As text that a person reads too: [('Berlin', 12), …]. */
static char *
top_to_text (const TideProfile *profile)
{
  GVariantBuilder builder;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sx)"));
  for (guint i = 0; i < profile->n_top; i++)
    g_variant_builder_add (&builder, "(sx)", profile->top[i].text, profile->top[i].count);
  g_autoptr (GVariant) list = g_variant_ref_sink (g_variant_builder_end (&builder));
  return g_variant_print (list, FALSE);
}

static bool
top_from_text (TideProfile *profile, const char *text, GError **error)
{
  g_autoptr (GVariant) list = g_variant_parse (G_VARIANT_TYPE ("a(sx)"), text, NULL, NULL, NULL);
  GVariantIter iter;
  const char *value;
  gint64 count;
  if (list == NULL)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_CORRUPT, "the profile of %s.%s is damaged; restore a backup",
                   profile->stream, profile->field);
      return false;
    }
  g_variant_iter_init (&iter, list);
  while (g_variant_iter_next (&iter, "(&sx)", &value, &count))
    tide_profile_add_top (profile, value, count);
  return true;
}

#define SELECT_PROFILES "SELECT field, day, events, nulls, quantiles, distincts, top FROM profile_day"

/* NULL and an error where it is damaged. */
static TideProfile *
profile_from_row (TideStmt *stmt, const char *stream, GError **error)
{
  g_autoptr (TideProfile) profile
    = tide_profile_new (stream, (const char *) sqlite3_column_text (stmt, 0), sqlite3_column_int64 (stmt, 1));
  profile->events = sqlite3_column_int64 (stmt, 2);
  profile->nulls = sqlite3_column_int64 (stmt, 3);
  if (!tide_quantiles_read (&profile->quantiles, sqlite3_column_blob (stmt, 4),
                            (gsize) sqlite3_column_bytes (stmt, 4), error)
      || !tide_distinct_read (&profile->distinct, sqlite3_column_blob (stmt, 5),
                              (gsize) sqlite3_column_bytes (stmt, 5), error)
      || !top_from_text (profile, (const char *) sqlite3_column_text (stmt, 6), error))
    return NULL;
  return g_steal_pointer (&profile);
}

/**
 * tide_store_get_profiles:
 * @merged: the days of each field put together
 *
 * Errors: BUSY, CORRUPT. Thread: not main. Returns: (transfer full) (element-type TideProfile)
 */
GPtrArray *
tide_store_get_profiles (TideReader *reader, const char *stream, TideTime from, TideTime to, bool merged, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_profile_free);
  g_autoptr (TideStmt) stmt = tide_db_prepare (
    tide_reader_get_db (reader), SELECT_PROFILES " WHERE stream=? AND day>=? AND day<? ORDER BY field, day", error);
  bool row = true;
  if (stmt == NULL)
    return NULL;
  tide_stmt_bind (stmt, "tii", stream, (gint64) from, (gint64) to);
  while (tide_db_step (stmt, &row, error))
    {
      if (!row)
        return g_steal_pointer (&list);
      TideProfile *profile = profile_from_row (stmt, stream, error);
      if (profile == NULL)
        return NULL;
      TideProfile *last = list->len > 0 ? g_ptr_array_index (list, list->len - 1) : NULL;
      if (merged && last != NULL && g_str_equal (last->field, profile->field))
        {
          tide_profile_merge (last, profile);
          tide_profile_free (profile);
        }
      else
        g_ptr_array_add (list, profile);
    }
  return NULL;
}

bool
tide_store_get_profile_mark (TideReader *reader, const char *stream, TideSeq *ret_seq, GError **error)
{
  gint64 seq = 0;
  if (!tide_stmt_get_int (tide_reader_get_db (reader), 0, &seq, error, "SELECT seq FROM profile_mark WHERE stream=?", "t",
                          stream))
    return false;
  *ret_seq = seq;
  return true;
}

/* --- saving --- */

typedef struct
{
  const char *stream;
  GPtrArray *profiles;
  TideSeq seq;
  TideTime keep_from;
} Save;

/* @profile with what the row has. */
static bool
add_stored (sqlite3 *db, TideProfile *profile, GError **error)
{
  g_autoptr (TideStmt) stmt = tide_db_prepare (db, SELECT_PROFILES " WHERE stream=? AND day=? AND field=?", error);
  bool row = false;
  if (stmt == NULL)
    return false;
  tide_stmt_bind (stmt, "tit", profile->stream, (gint64) profile->day, profile->field);
  if (!tide_db_step (stmt, &row, error))
    return false;
  if (!row)
    return true;
  g_autoptr (TideProfile) stored = profile_from_row (stmt, profile->stream, error);
  if (stored != NULL)
    tide_profile_merge (profile, stored);
  return stored != NULL;
}

static bool
save_profiles (sqlite3 *db, void *data, GError **error)
{
  const Save *save = data;
  g_autoptr (TideStmt) put = tide_db_prepare (
    db, "INSERT OR REPLACE INTO profile_day (stream, day, field, events, nulls, quantiles, distincts, top)"
        " VALUES (?,?,?,?,?,?,?,?)", error);
  for (guint i = 0; put != NULL && i < save->profiles->len; i++)
    {
      TideProfile *profile = g_ptr_array_index (save->profiles, i);
      g_autoptr (GByteArray) quantiles = g_byte_array_new (), distincts = g_byte_array_new ();
      if (!add_stored (db, profile, error))
        return false;
      g_autofree char *top = top_to_text (profile);
      tide_quantiles_write (&profile->quantiles, quantiles);
      tide_distinct_write (&profile->distinct, distincts);
      tide_stmt_bind (put, "titiibbt", profile->stream, (gint64) profile->day, profile->field, profile->events,
                      profile->nulls, quantiles->data, (gsize) quantiles->len, distincts->data, (gsize) distincts->len,
                      top);
      if (!tide_db_run (put, error))
        return false;
    }
  return put != NULL
         && tide_stmt_exec (db, error, "DELETE FROM profile_day WHERE stream=? AND day<?", "ti", save->stream,
                            (gint64) save->keep_from)
         && tide_stmt_exec (db, error, "INSERT OR REPLACE INTO profile_mark (stream, seq) VALUES (?,?)", "ti",
                            save->stream, (gint64) save->seq);
}

/**
 * tide_profiles_save:
 * @profiles: (element-type TideProfile): of one stream; they hold the merged values afterwards
 *
 * Errors: FULL, CORRUPT, CANCELLED. Thread: worker.
 */
bool
tide_profiles_save (TideWriter *writer, const char *stream, GPtrArray *profiles, TideSeq seq, TideTime keep_from,
                    GError **error)
{
  Save save = { stream, profiles, seq, keep_from };
  return tide_writer_call (writer, save_profiles, &save, error);
}
