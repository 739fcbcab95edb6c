/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schema drift: members that events have and the schema does not, and fields of the schema that events no longer
 * have. Only a sample of the events is looked at, all of the first ones and then one in 64, so that it costs next to
 * nothing. A field has vanished when it was missing for 64 sampled events in a row and for eight times longer than
 * ever before: one that is seldom there is not reported each time. Limit: 200 unknown paths are kept. */
#include "ingest-decoder-private.h"

#include <string.h>

#define SAMPLE_ALL 64
#define SAMPLE_EVERY 64
#define VANISHED_AFTER 64
#define PATHS_MAX 200

typedef struct
{
  bool was_seen;
  guint64 missing;      /* sampled events in a row without it */
  guint64 longest_gap;  /* between two that had it */
  TideTime since;       /* of the first that lacked it */
} FieldWatch;

struct _TideDriftWatch
{
  const TideStream *stream; /* borrowed */
  guint64 events, samples;
  FieldWatch *fields;
  GHashTable *unknown; /* path → TideDrift */
};

void
tide_drift_free (TideDrift *drift)
{
  if (drift == NULL)
    return;
  g_free (drift->path);
  g_free (drift);
}

TideDriftWatch *
tide_drift_watch_new (const TideStream *stream)
{
  TideDriftWatch *watch = g_new0 (TideDriftWatch, 1);
  watch->stream = stream;
  watch->fields = g_new0 (FieldWatch, stream->n_fields);
  watch->unknown = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) tide_drift_free);
  return watch;
}

void
tide_drift_watch_free (TideDriftWatch *watch)
{
  if (watch == NULL)
    return;
  g_hash_table_unref (watch->unknown);
  g_free (watch->fields);
  g_free (watch);
}

bool
tide_drift_watch_is_due (TideDriftWatch *watch)
{
  guint64 n = watch->events++;
  return n < SAMPLE_ALL || n % SAMPLE_EVERY == 0;
}

void
tide_drift_watch_unknown (TideDriftWatch *watch, const char *path, gsize len, TideTime now)
{
  g_autofree char *key = g_strndup (path, len);
  TideDrift *drift = g_hash_table_lookup (watch->unknown, key);
  if (drift == NULL)
    {
      if (g_hash_table_size (watch->unknown) >= PATHS_MAX)
        return;
      drift = g_new0 (TideDrift, 1);
      drift->path = g_steal_pointer (&key);
      drift->is_new = true;
      drift->first_seen = now;
      g_hash_table_insert (watch->unknown, drift->path, drift);
    }
  drift->count++;
}

void
tide_drift_watch_seen (TideDriftWatch *watch, const TideRaw *values, TideTime now)
{
  watch->samples++;
  for (uint32_t i = 0; i < watch->stream->n_fields; i++)
    {
      FieldWatch *field = &watch->fields[i];
      if (values[i].kind == TIDE_RAW_MISSING)
        {
          if (field->missing++ == 0)
            field->since = now;
          continue;
        }
      if (field->was_seen)
        field->longest_gap = MAX (field->longest_gap, field->missing);
      field->was_seen = true;
      field->missing = 0;
    }
}

static int
compare_drift (gconstpointer a, gconstpointer b)
{
  const TideDrift *x = *(TideDrift *const *) a, *y = *(TideDrift *const *) b;
  return x->is_new != y->is_new ? (int) y->is_new - (int) x->is_new : strcmp (x->path, y->path);
}

/* TideDrift* elements, by path; the caller's. */
GPtrArray *
tide_drift_watch_list (TideDriftWatch *watch)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_drift_free);
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, watch->unknown);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      TideDrift *copy = g_memdup2 (value, sizeof (TideDrift));
      copy->path = g_strdup (copy->path);
      g_ptr_array_add (list, copy);
    }
  for (uint32_t i = 0; i < watch->stream->n_fields; i++)
    {
      const FieldWatch *field = &watch->fields[i];
      if (field->missing < VANISHED_AFTER || field->missing < 8 * field->longest_gap)
        continue;
      TideDrift *drift = g_new0 (TideDrift, 1);
      drift->path = g_strdup (watch->stream->fields[i]->path);
      drift->first_seen = field->since;
      drift->count = field->missing;
      g_ptr_array_add (list, drift);
    }
  g_ptr_array_sort (list, compare_drift);
  return list;
}
