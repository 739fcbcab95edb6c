/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Streams with their fields, and the sources that feed them, from their sections. A field that is wrong is left out
 * of its stream, and what mentions it is not reported again.
 * Limit: a rule of a field is checked by itself and against its type, not against the data. */
#include "model-workspace-private.h"

#include <string.h>

#define FIELDS_MAX 1000

void
tide_source_def_free (TideSourceDef *source)
{
  if (source == NULL)
    return;
  g_free (source->name);
  g_free (source->stream);
  g_free (source->platform);
  g_hash_table_unref (source->keys);
  g_free (source);
}

/* The field of a section, or NULL after a problem. @dotted: its path is parts, not the name of a CSV column. */
static TideField *
build_field (TideLoader *loader, TideSection *section, bool dotted)
{
  TideType type;
  int scale;
  const char *type_text = tide_section_get (section, "type");
  if (type_text == NULL || !tide_type_parse (type_text, &type, &scale, NULL))
    return NULL; /* reported when the sections were read */
  const char *name = strchr (section->name, '.') + 1;
  TideField *field = tide_field_new (name, tide_section_get (section, "path"), type, scale);
  for (guint i = 0; dotted && field->path_parts[i] != NULL; i++)
    if (*field->path_parts[i] == '\0')
      {
        tide_loader_key_problem (loader, section, "path",
                                 "an empty part; expected names separated by single dots, such as payment.amount");
        break;
      }
  field->unit = g_strdup (tide_section_get (section, "unit"));
  tide_loader_read_field_rules (loader, section, field);
  if (!section->sound)
    g_clear_pointer (&field, tide_field_free);
  return field;
}

/* Gives each stream section its field sections. */
static void
assign_fields (TideLoader *loader)
{
  GPtrArray *sections = loader->sections[TIDE_SECTION_FIELD];
  for (guint i = 0; i < sections->len; i++)
    {
      TideSection *section = g_ptr_array_index (sections, i);
      g_autofree char *stream = g_strndup (section->name, strcspn (section->name, "."));
      TideSection *owner = tide_loader_find (loader, TIDE_SECTION_STREAM, stream);
      if (owner == NULL)
        {
          g_autofree char *hint = tide_loader_hint (loader, TIDE_SECTION_STREAM, stream);
          tide_loader_problem (loader, section, section->line, "[field %s]: there is no [stream %s]%s", section->name,
                               stream, hint);
          continue;
        }
      if (owner->fields == NULL)
        owner->fields = g_ptr_array_new ();
      if (owner->fields->len == FIELDS_MAX)
        tide_loader_problem (loader, section, section->line, "stream '%s' has too many fields; at most %d", stream,
                             FIELDS_MAX);
      else
        g_ptr_array_add (owner->fields, section);
    }
}

static GPtrArray *
build_fields (TideLoader *loader, TideSection *stream)
{
  GPtrArray *fields = g_ptr_array_new ();
  g_autoptr (GHashTable) lower = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  bool dotted = g_strcmp0 (tide_section_get (stream, "format"), "csv") != 0;
  for (guint i = 0; stream->fields != NULL && i < stream->fields->len; i++)
    {
      TideSection *section = g_ptr_array_index (stream->fields, i);
      const char *name = strchr (section->name, '.') + 1;
      g_autofree char *folded = g_ascii_strdown (name, -1);
      const TideSection *other = g_hash_table_lookup (lower, folded);
      if (other != NULL)
        tide_loader_problem (loader, section, section->line,
                             "[field %s] differs only in case from [field %s] in line %d; expected another name",
                             section->name, other->name, other->line);
      else
        g_hash_table_insert (lower, g_steal_pointer (&folded), section);
      TideField *field = build_field (loader, section, dotted);
      if (field != NULL)
        g_ptr_array_add (fields, field);
      stream->sound = stream->sound && section->sound;
    }
  return fields;
}

bool
tide_section_mentions_bad_field (const TideSection *stream, const char *text)
{
  for (guint i = 0; text != NULL && stream->fields != NULL && i < stream->fields->len; i++)
    {
      const TideSection *field = g_ptr_array_index (stream->fields, i);
      if (!field->sound && strstr (text, strchr (field->name, '.') + 1) != NULL)
        return true;
    }
  return false;
}

/* time= and key= name fields; the one of time is a time. */
static void
check_field_key (TideLoader *loader, TideSection *section, const TideStream *stream, const char *key)
{
  const char *name = tide_section_get (section, key);
  if (name == NULL || tide_section_mentions_bad_field (section, name))
    return;
  int field = tide_stream_find_field (stream, name);
  g_autofree char *message = NULL;
  if (field < 0)
    {
      TideNearest nearest;
      tide_nearest_init (&nearest, name);
      for (uint32_t i = 0; i < stream->n_fields; i++)
        tide_nearest_offer (&nearest, stream->fields[i]->name);
      g_autofree char *hint = tide_nearest_hint (&nearest);
      message = g_strdup_printf ("there is no [field %s.%s]%s", stream->name, name, hint);
    }
  else if (strcmp (key, "time") == 0 && stream->fields[field]->type != TIDE_TYPE_TIME)
    {
      g_autofree char *type = tide_type_to_string (stream->fields[field]->type, stream->fields[field]->scale);
      message = g_strdup_printf ("field '%s' is %s; expected a field of type time", name, type);
    }
  if (message != NULL)
    tide_loader_key_problem (loader, section, key, message);
}

static TideDuration
read_retention (const TideSection *section, const char *key, TideDuration fallback)
{
  const char *value = section == NULL ? NULL : tide_section_get (section, key);
  return value != NULL && strcmp (value, "forever") == 0 ? 0
         : section == NULL                               ? fallback
                                                         : tide_section_get_duration (section, key, fallback);
}

static void
build_stream (TideLoader *loader, TideSection *section)
{
  if (tide_name_is_reserved (section->name))
    tide_loader_problem (loader, section, section->line,
                         "[stream %s]: the name is taken by a table of Tidemark; expected another name", section->name);
  TideStream *stream = tide_stream_new (section->name, build_fields (loader, section),
                                        tide_section_get (section, "time"), tide_section_get (section, "key"));
  const char *format = tide_section_get (section, "format");
  stream->format = format != NULL && strcmp (format, "csv") == 0 ? TIDE_FORMAT_CSV : TIDE_FORMAT_JSON;
  stream->keep_payload = tide_section_get_bool (section, "keep-payload", false);
  stream->lateness = tide_section_get_duration (section, "lateness", stream->lateness);
  stream->retention = read_retention (
      section, "retention", read_retention (tide_loader_find (loader, TIDE_SECTION_STORAGE, ""), "retention", 0));
  stream->quarantine_retention = read_retention (section, "quarantine-retention", stream->retention);
  tide_loader_read_stream_rules (loader, section, stream);
  check_field_key (loader, section, stream, "time");
  check_field_key (loader, section, stream, "key");
  const char *filter = tide_section_get (section, "filter");
  if (filter != NULL)
    {
      g_autoptr (GError) error = NULL;
      stream->filter = tide_predicate_new (filter, stream, &error);
      if (stream->filter == NULL && !tide_section_mentions_bad_field (section, filter))
        tide_loader_key_problem (loader, section, "filter", error->message);
    }
  section->built = stream;
  g_ptr_array_add (loader->workspace->streams, stream);
}

void
tide_loader_build_streams (TideLoader *loader)
{
  assign_fields (loader);
  GPtrArray *sections = loader->sections[TIDE_SECTION_STREAM];
  for (guint i = 0; i < sections->len; i++)
    build_stream (loader, g_ptr_array_index (sections, i));
}

/* A relative path stays inside the workspace; an absolute one is agreed to when the workspace is opened. */
static void
check_source_path (TideLoader *loader, TideSection *section, const char *key)
{
  g_autoptr (GError) error = NULL;
  const char *path = tide_section_get (section, key);
  if (path == NULL || loader->dir == NULL || g_path_is_absolute (path))
    return;
  g_autofree char *resolved = tide_workspace_resolve (loader->dir, path, &error);
  if (resolved == NULL && g_error_matches (error, TIDE_ERROR, TIDE_ERROR_DENIED))
    tide_loader_key_problem (loader, section, key, error->message);
}

static void
fill_source_keys (TideLoader *loader, TideSection *section, const TideSourceSpec *spec, GHashTable *keys)
{
  for (guint i = 0; i < spec->n_keys; i++)
    {
      if (spec->keys[i].fallback != NULL)
        g_hash_table_insert (keys, g_strdup (spec->keys[i].name), g_strdup (spec->keys[i].fallback));
      if (spec->keys[i].type == TIDE_KEY_PATH)
        check_source_path (loader, section, spec->keys[i].name);
    }
  GHashTableIter iter;
  gpointer key, entry;
  g_hash_table_iter_init (&iter, section->entries);
  while (g_hash_table_iter_next (&iter, &key, &entry))
    if (tide_source_spec_get_key (spec, key) != NULL)
      g_hash_table_replace (keys, g_strdup (key), g_strdup (((TideEntry *) entry)->value));
}

static void
check_platform (TideLoader *loader, TideSection *section)
{
  const char *const *platforms = loader->catalog->platforms, *name = tide_section_get (section, "platform");
  if (name == NULL || platforms == NULL || g_strv_contains (platforms, name))
    return;
  g_autofree char *known = g_strjoinv (", ", (char **) platforms);
  g_autofree char *message
      = g_strdup_printf ("the price book has no platform '%s'; expected one of: %s", name, known);
  tide_loader_key_problem (loader, section, "platform", message);
}

static void
build_source (TideLoader *loader, TideSection *section)
{
  const char *kind = tide_section_get (section, "kind"), *stream = tide_section_get (section, "stream");
  const TideSourceSpec *spec = kind == NULL ? NULL : tide_catalog_get_source (loader->catalog, kind);
  if (stream != NULL && tide_loader_find (loader, TIDE_SECTION_STREAM, stream) == NULL)
    {
      g_autofree char *hint = tide_loader_hint (loader, TIDE_SECTION_STREAM, stream);
      g_autofree char *message = g_strdup_printf ("there is no [stream %s]%s", stream, hint);
      tide_loader_key_problem (loader, section, "stream", message);
    }
  if (spec == NULL || stream == NULL)
    return;
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  fill_source_keys (loader, section, spec, keys);
  check_platform (loader, section);
  if (!section->sound)
    return;
  TideSourceDef *source = g_new0 (TideSourceDef, 1);
  source->name = g_strdup (section->name);
  source->spec = spec;
  source->stream = g_strdup (stream);
  source->enabled = tide_section_get_bool (section, "enabled", true);
  source->platform = g_strdup (tide_section_get (section, "platform"));
  if (tide_section_get (section, "tier") != NULL)
    tide_source_tier_parse (tide_section_get (section, "tier"), &source->every, NULL);
  source->keys = g_steal_pointer (&keys);
  section->built = source;
  g_ptr_array_add (loader->workspace->sources, source);
}

void
tide_loader_build_sources (TideLoader *loader)
{
  GPtrArray *sections = loader->sections[TIDE_SECTION_SOURCE];
  for (guint i = 0; i < sections->len; i++)
    build_source (loader, g_ptr_array_index (sections, i));
}
