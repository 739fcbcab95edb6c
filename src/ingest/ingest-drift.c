/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schema drift: members that events have and the schema does not, fields whose values are of another type, and fields that
 * events no longer have. Only a sample of the events is looked at, all of the first ones and then one in 64, so that it
 * costs next to nothing. A field has vanished when it was missing for 64 sampled events in a row and for eight times longer
 * than ever before: one that is seldom there is not reported each time. Limit: 200 unknown paths are kept. */
#include "ingest-decoder-private.h"

#include <string.h>

#define SAMPLE_ALL 64
#define SAMPLE_EVERY 64
#define VANISHED_AFTER 64
#define PATHS_MAX 200
#define EXAMPLE_MAX 60

typedef struct
{
  bool was_seen;
  guint64 missing;      /* sampled events in a row without it */
  guint64 longest_gap;  /* between two that had it */
  TideTime since, last; /* of the first and of the last that lacked it */
  TideDrift *changed;   /* of another type; NULL: never */
} FieldWatch;

struct _TideDriftWatch
{
  const TideStream *stream; /* borrowed */
  bool masked;
  guint64 events, samples;
  FieldWatch *fields;
  GHashTable *unknown; /* path → TideDrift */
};

const char *
tide_drift_kind_to_string (TideDriftKind kind)
{
  static const char *const names[] = { "new", "changed", "vanished" };
  return names[kind];
}

void
tide_drift_free (TideDrift *drift)
{
  if (drift == NULL)
    return;
  g_free (drift->path);
  g_free (drift->field);
  g_free (drift->example);
  g_free (drift);
}

TideDrift *
tide_drift_copy (const TideDrift *drift)
{
  TideDrift *copy = g_memdup2 (drift, sizeof *drift);
  copy->path = g_strdup (drift->path);
  copy->field = g_strdup (drift->field);
  copy->example = g_strdup (drift->example);
  return copy;
}

TideDriftWatch *
tide_drift_watch_new (const TideStream *stream)
{
  TideDriftWatch *watch = g_new0 (TideDriftWatch, 1);
  watch->stream = stream;
  watch->masked = tide_stream_is_masked (stream);
  watch->fields = g_new0 (FieldWatch, stream->n_fields);
  watch->unknown = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) tide_drift_free);
  return watch;
}

void
tide_drift_watch_free (TideDriftWatch *watch)
{
  if (watch == NULL)
    return;
  for (uint32_t i = 0; i < watch->stream->n_fields; i++)
    tide_drift_free (watch->fields[i].changed);
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

/* --- types of what was found --- */

static bool
is_type (TideType type, int scale, const TideRaw *raw)
{
  TideField field = { .name = (char *) "x", .type = type, .scale = scale };
  TideFieldValue value;
  return tide_field_convert (&field, raw, &value) && value.present;
}

static TideType
guess_type (const TideRaw *raw, int *ret_scale)
{
  static const struct
  {
    TideType type;
    int scale;
  } candidates[] = { { TIDE_TYPE_INT, 0 },  { TIDE_TYPE_DECIMAL, 2 }, { TIDE_TYPE_REAL, 0 },
                     { TIDE_TYPE_BOOL, 0 }, { TIDE_TYPE_TIME, 0 },    { TIDE_TYPE_TEXT, 0 } };
  bool text = raw->kind == TIDE_RAW_TEXT;
  for (guint i = 0; i < G_N_ELEMENTS (candidates); i++)
    if ((!text || candidates[i].type == TIDE_TYPE_TIME || candidates[i].type == TIDE_TYPE_TEXT)
        && is_type (candidates[i].type, candidates[i].scale, raw))
      {
        *ret_scale = candidates[i].scale;
        return candidates[i].type;
      }
  *ret_scale = 0;
  return TIDE_TYPE_NONE;
}

/* The type that takes both. */
static void
widen (TideDrift *drift, TideType type, int scale)
{
  bool both_numbers = ((TIDE_TYPE_BIT (drift->type) | TIDE_TYPE_BIT (type)) & ~TIDE_TYPES_NUMERIC) == 0;
  if (type == TIDE_TYPE_NONE || (drift->type == type && drift->scale >= scale))
    return;
  if (drift->type == TIDE_TYPE_NONE || (both_numbers && (type == TIDE_TYPE_REAL || drift->type == TIDE_TYPE_INT)))
    {
      drift->type = type;
      drift->scale = scale;
    }
  else if (!both_numbers)
    drift->type = TIDE_TYPE_TEXT;
}

static void
look_at (TideDriftWatch *watch, TideDrift *drift, const TideRaw *value, TideTime now)
{
  drift->count++;
  drift->last_seen = now;
  if (value == NULL || value->kind <= TIDE_RAW_NULL)
    return;
  int scale;
  TideType type = guess_type (value, &scale);
  widen (drift, type, scale);
  if (drift->example == NULL && !watch->masked && value->kind >= TIDE_RAW_FALSE)
    {
      g_autoptr (GString) example = g_string_new (NULL);
      if (value->kind == TIDE_RAW_NUMBER || value->kind == TIDE_RAW_TEXT || value->kind == TIDE_RAW_CELL)
        tide_reason_append_text (example, value->data, value->len < EXAMPLE_MAX ? value->len : EXAMPLE_MAX);
      else
        g_string_append (example, value->kind == TIDE_RAW_TRUE    ? "true"
                                  : value->kind == TIDE_RAW_FALSE ? "false"
                                  : value->kind == TIDE_RAW_ARRAY ? "[…]"
                                                                  : "{…}");
      drift->example = g_utf8_make_valid (example->str, -1);
    }
}

void
tide_drift_watch_unknown (TideDriftWatch *watch, const char *path, gsize len, const TideRaw *value, TideTime now)
{
  g_autofree char *key = g_strndup (path, len);
  TideDrift *drift = g_hash_table_lookup (watch->unknown, key);
  if (drift == NULL)
    {
      if (g_hash_table_size (watch->unknown) >= PATHS_MAX)
        return;
      drift = g_new0 (TideDrift, 1);
      drift->path = g_steal_pointer (&key);
      drift->kind = TIDE_DRIFT_NEW;
      drift->first_seen = now;
      g_hash_table_insert (watch->unknown, drift->path, drift);
    }
  look_at (watch, drift, value, now);
}

static void
look_at_field (TideDriftWatch *watch, uint32_t index, const TideRaw *value, TideTime now)
{
  FieldWatch *watched = &watch->fields[index];
  const TideField *field = watch->stream->fields[index];
  TideFieldValue ignored;
  if (tide_field_convert (field, value, &ignored))
    return;
  if (watched->changed == NULL)
    {
      watched->changed = g_new0 (TideDrift, 1);
      watched->changed->kind = TIDE_DRIFT_CHANGED;
      watched->changed->path = g_strdup (field->path);
      watched->changed->field = g_strdup (field->name);
      watched->changed->first_seen = now;
    }
  look_at (watch, watched->changed, value, now);
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
          field->last = now;
          continue;
        }
      if (field->was_seen && field->missing > field->longest_gap)
        field->longest_gap = field->missing;
      field->was_seen = true;
      field->missing = 0;
      look_at_field (watch, i, &values[i], now);
    }
}

static int
compare_drift (gconstpointer a, gconstpointer b)
{
  const TideDrift *x = *(TideDrift *const *) a, *y = *(TideDrift *const *) b;
  return x->kind != y->kind ? (int) x->kind - (int) y->kind : strcmp (x->path, y->path);
}

static void
list_field (TideDriftWatch *watch, uint32_t index, GPtrArray *list)
{
  const FieldWatch *field = &watch->fields[index];
  if (field->changed != NULL)
    g_ptr_array_add (list, tide_drift_copy (field->changed));
  if (field->missing < VANISHED_AFTER || field->missing < 8 * field->longest_gap)
    return;
  TideDrift *drift = g_new0 (TideDrift, 1);
  drift->kind = TIDE_DRIFT_VANISHED;
  drift->path = g_strdup (watch->stream->fields[index]->path);
  drift->field = g_strdup (watch->stream->fields[index]->name);
  drift->first_seen = field->since;
  drift->last_seen = field->last;
  drift->count = field->missing;
  g_ptr_array_add (list, drift);
}

/* TideDrift* elements: new, changed, vanished, each by path; the caller's. */
GPtrArray *
tide_drift_watch_list (TideDriftWatch *watch)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_drift_free);
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, watch->unknown);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      TideDrift *copy = tide_drift_copy (value);
      if (watch->stream->format == TIDE_FORMAT_CSV)
        copy->count = watch->samples; /* a column is in every record */
      g_ptr_array_add (list, copy);
    }
  for (uint32_t i = 0; i < watch->stream->n_fields; i++)
    list_field (watch, i, list);
  for (guint i = 0; i < list->len; i++)
    ((TideDrift *) g_ptr_array_index (list, i))->sampled = watch->samples;
  g_ptr_array_sort (list, compare_drift);
  return list;
}
