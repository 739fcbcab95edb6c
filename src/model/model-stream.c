/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields and streams: immutable once made, counted by reference, so that a batch, a plan and a window may hold the
 * schema they were made with while the workspace moves on.
 * Limit: names are looked up one by one, which is for set-up; hot paths keep the index. */
#include "model.h"

#include <math.h>
#include <string.h>

#define LATENESS_DEFAULT (10 * TIDE_SECOND)

static const char *const system_columns[] = {
  [TIDE_COLUMN_TIME] = "_time",           [TIDE_COLUMN_RECEIVED] = "_received", [TIDE_COLUMN_SOURCE] = "_source",
  [TIDE_COLUMN_PARTITION] = "_partition", [TIDE_COLUMN_OFFSET] = "_offset",     [TIDE_COLUMN_KEY] = "_key",
  [TIDE_COLUMN_PAYLOAD] = "_payload",     [TIDE_COLUMN_HEADERS] = "_headers",
};
G_STATIC_ASSERT (G_N_ELEMENTS (system_columns) == TIDE_COLUMN_FIELD0);

/**
 * tide_field_new:
 * @path: (nullable): where its value is in the payload, parts separated by dots; %NULL: as its name
 *
 * Returns: a field without rules or unit, to be filled in before it is given to a stream
 */
TideField *
tide_field_new (const char *name, const char *path, TideType type, int scale)
{
  TideField *field = g_new0 (TideField, 1);
  field->name = g_strdup (name);
  field->path = g_strdup (path != NULL ? path : name);
  field->path_parts = g_strsplit (field->path, ".", -1);
  field->type = type;
  field->scale = scale;
  field->min = field->max = NAN;
  field->min_length = field->max_length = -1;
  for (int i = 0; i < TIDE_N_RULES; i++)
    tide_rule_terms_init (&field->terms[i]);
  return field;
}

void
tide_field_free (TideField *field)
{
  if (field == NULL)
    return;
  g_free (field->name);
  g_free (field->path);
  g_strfreev (field->path_parts);
  g_free (field->unit);
  g_clear_pointer (&field->pattern, g_regex_unref);
  g_strfreev (field->values);
  g_strfreev (field->map);
  g_free (field->fallback);
  g_free (field);
}

/**
 * tide_stream_new:
 * @fields: (transfer full): #TideField elements; its free function is not called for them
 * @time_field: (nullable): name of a field, which must be there
 * @key_field: (nullable): the same
 *
 * Returns: a JSON stream with no filter, a lateness of 10 s and no retention
 */
TideStream *
tide_stream_new (const char *name, GPtrArray *fields, const char *time_field, const char *key_field)
{
  TideStream *stream = g_new0 (TideStream, 1);
  g_atomic_ref_count_init (&stream->refs);
  stream->name = g_strdup (name);
  stream->lateness = LATENESS_DEFAULT;
  stream->min_volume.events = stream->max_volume.events = -1;
  for (int i = 0; i < TIDE_N_RULES; i++)
    tide_rule_terms_init (&stream->terms[i]);
  stream->n_fields = fields == NULL ? 0 : fields->len;
  if (fields != NULL)
    {
      g_ptr_array_set_free_func (fields, NULL);
      stream->fields = g_new0 (TideField *, stream->n_fields + 1);
      for (uint32_t i = 0; i < stream->n_fields; i++)
        stream->fields[i] = g_ptr_array_index (fields, i);
      g_ptr_array_unref (fields);
    }
  stream->time_field = time_field == NULL ? -1 : tide_stream_find_field (stream, time_field);
  stream->key_field = key_field == NULL ? -1 : tide_stream_find_field (stream, key_field);
  return stream;
}

const TideStream *
tide_stream_ref (const TideStream *stream)
{
  g_atomic_ref_count_inc (&((TideStream *) stream)->refs);
  return stream;
}

void
tide_stream_unref (const TideStream *stream)
{
  TideStream *self = (TideStream *) stream;
  if (self == NULL || !g_atomic_ref_count_dec (&self->refs))
    return;
  tide_predicate_free (self->filter);
  for (uint32_t i = 0; i < self->n_fields; i++)
    tide_field_free (self->fields[i]);
  g_free (self->fields);
  g_free (self->name);
  g_free (self);
}

int
tide_stream_find_field (const TideStream *stream, const char *name)
{
  for (uint32_t i = 0; i < stream->n_fields; i++)
    if (strcmp (stream->fields[i]->name, name) == 0)
      return (int) i;
  return -1;
}

int
tide_stream_find_column (const TideStream *stream, const char *name)
{
  for (int i = 0; *name == '_' && i < TIDE_COLUMN_FIELD0; i++)
    if (strcmp (system_columns[i], name) == 0)
      return i;
  int field = tide_stream_find_field (stream, name);
  return field < 0 ? -1 : TIDE_COLUMN_FIELD0 + field;
}

bool
tide_stream_is_masked (const TideStream *stream)
{
  bool masked = false;
  for (uint32_t i = 0; i < stream->n_fields; i++)
    masked |= stream->fields[i]->mask;
  return masked;
}

bool
tide_stream_same_schema (const TideStream *a, const TideStream *b)
{
  if (a->n_fields != b->n_fields)
    return false;
  for (uint32_t i = 0; i < a->n_fields; i++)
    if (strcmp (a->fields[i]->name, b->fields[i]->name) != 0 || a->fields[i]->type != b->fields[i]->type
        || a->fields[i]->scale != b->fields[i]->scale)
      return false;
  return true;
}
