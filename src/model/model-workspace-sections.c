/* SPDX-License-Identifier: GPL-3.0-or-later */
/* First look at the file: each section is of a known kind with a good name, stands once, and each of its keys is
 * known, stands once and has a value of its type. What passes is kept for the builders; what does not is a problem,
 * and its section is not sound, so that it makes no further noise.
 * Limit: at most PROBLEMS_MAX are listed, and SECTIONS_MAX read. */
#include "model-workspace-private.h"

#include <string.h>

#define PROBLEMS_MAX 1000
#define SECTIONS_MAX 20000
#define MESSAGE_MAX_CHARS 500

static void
entry_free (gpointer data)
{
  TideEntry *entry = data;
  g_free (entry->value);
  g_free (entry);
}

void
tide_section_free (gpointer data)
{
  TideSection *section = data;
  g_free (section->name);
  g_hash_table_unref (section->entries);
  g_clear_pointer (&section->fields, g_ptr_array_unref);
  g_free (section);
}

/* One line of bounded length, whatever value is quoted in it. */
static char *
tidy_message (char *message)
{
  for (char *p = message; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      *p = ' ';
  if (g_utf8_strlen (message, -1) <= MESSAGE_MAX_CHARS)
    return message;
  g_autofree char *start = g_utf8_substring (message, 0, MESSAGE_MAX_CHARS);
  g_free (message);
  return g_strconcat (start, "…", NULL);
}

void
tide_loader_problem (TideLoader *loader, TideSection *section, int line, const char *format, ...)
{
  if (section != NULL)
    section->sound = false;
  if (loader->problems->len >= PROBLEMS_MAX)
    return;
  TideProblem *problem = g_new0 (TideProblem, 1);
  problem->file = g_strdup (TIDE_WORKSPACE_FILE);
  problem->line = line;
  va_list args;
  va_start (args, format);
  problem->message = tidy_message (g_strdup_vprintf (format, args));
  va_end (args);
  g_ptr_array_add (loader->problems, problem);
}

void
tide_loader_key_problem (TideLoader *loader, TideSection *section, const char *key, const char *message)
{
  const TideEntry *entry = g_hash_table_lookup (section->entries, key);
  tide_loader_problem (loader, section, entry != NULL ? entry->line : section->line, "[%s%s%s] %s: %s",
                       tide_section_specs[section->kind].word, section->name != NULL ? " " : "",
                       section->name != NULL ? section->name : "", key, message);
}

TideSection *
tide_loader_find (const TideLoader *loader, TideSectionKind kind, const char *name)
{
  return g_hash_table_lookup (loader->by_name[kind], name);
}

char *
tide_loader_hint (const TideLoader *loader, TideSectionKind kind, const char *name)
{
  TideNearest nearest;
  tide_nearest_init (&nearest, name);
  for (guint i = 0; i < loader->sections[kind]->len && loader->problems->len < 100; i++)
    tide_nearest_offer (&nearest, ((TideSection *) g_ptr_array_index (loader->sections[kind], i))->name);
  return tide_nearest_hint (&nearest);
}

const char *
tide_section_get (const TideSection *section, const char *key)
{
  const TideEntry *entry = g_hash_table_lookup (section->entries, key);
  return entry == NULL ? NULL : entry->value;
}

TideDuration
tide_section_get_duration (const TideSection *section, const char *key, TideDuration fallback)
{
  const char *value = tide_section_get (section, key);
  TideDuration duration;
  return value != NULL && tide_duration_parse (value, &duration, NULL) ? duration : fallback;
}

gint64
tide_section_get_int (const TideSection *section, const char *key, gint64 fallback)
{
  const char *value = tide_section_get (section, key);
  return value != NULL ? g_ascii_strtoll (value, NULL, 10) : fallback;
}

gint64
tide_section_get_size (const TideSection *section, const char *key, gint64 fallback)
{
  const char *value = tide_section_get (section, key);
  gint64 bytes;
  return value != NULL && tide_size_parse (value, &bytes, NULL) ? bytes : fallback;
}

bool
tide_section_get_bool (const TideSection *section, const char *key, bool fallback)
{
  const char *value = tide_section_get (section, key);
  bool flag;
  return value != NULL && tide_bool_parse (value, &flag, NULL) ? flag : fallback;
}

char **
tide_section_get_list (const TideSection *section, const char *key)
{
  const char *value = tide_section_get (section, key);
  GPtrArray *list = g_ptr_array_new ();
  g_auto (GStrv) parts = g_strsplit (value != NULL ? value : "", value != NULL && strchr (value, ';') != NULL ? ";" : ",", -1);
  for (guint i = 0; parts[i] != NULL; i++)
    if (*g_strstrip (parts[i]) != '\0')
      g_ptr_array_add (list, g_strdup (parts[i]));
  g_ptr_array_add (list, NULL);
  return (char **) g_ptr_array_free (list, FALSE);
}

static void
unknown_section (TideLoader *loader, int line, const char *word)
{
  TideNearest nearest;
  tide_nearest_init (&nearest, word);
  GString *known = g_string_new (NULL);
  for (guint i = 0; i < TIDE_N_SECTION_KINDS; i++)
    {
      tide_nearest_offer (&nearest, tide_section_specs[i].word);
      g_string_append_printf (known, "%s%s", i == 0 ? "" : ", ", tide_section_specs[i].word);
    }
  g_autofree char *hint = tide_nearest_hint (&nearest);
  tide_loader_problem (loader, NULL, line, "there is no section '%s'; expected one of: %s%s", word, known->str, hint);
  g_string_free (known, TRUE);
}

static bool
check_section_name (TideLoader *loader, TideSectionKind kind, const char *name, int line)
{
  g_autoptr (GError) error = NULL;
  const char *word = tide_section_specs[kind].word;
  bool good;
  if (kind == TIDE_SECTION_FIELD)
    {
      g_auto (GStrv) parts = g_strsplit (name, ".", 2);
      if (g_strv_length (parts) != 2)
        {
          tide_loader_problem (loader, NULL, line, "[field %s]: expected [field STREAM.NAME]", name);
          return false;
        }
      good = tide_name_check (parts[0], &error) && tide_name_check (parts[1], &error);
    }
  else
    good = tide_name_check (name, &error);
  if (!good)
    tide_loader_problem (loader, NULL, line, "[%s %s]: %s", word, name, error->message);
  return good;
}

/* The section that the line opens, or NULL after a problem. */
static TideSection *
open_section (TideLoader *loader, const char *header, int line)
{
  g_autofree char *word = g_strndup (header, strcspn (header, " "));
  const char *name = header[strlen (word)] == ' ' ? header + strlen (word) + 1 : NULL;
  TideSectionKind kind = 0;
  while (kind < TIDE_N_SECTION_KINDS && strcmp (tide_section_specs[kind].word, word) != 0)
    kind++;
  if (kind == TIDE_N_SECTION_KINDS)
    {
      unknown_section (loader, line, word);
      return NULL;
    }
  const TideSectionSpec *spec = &tide_section_specs[kind];
  if ((name != NULL) != (spec->name_form != NULL))
    {
      tide_loader_problem (loader, NULL, line, "[%s]: expected [%s%s%s]", header, word, spec->name_form != NULL ? " " : "",
                           spec->name_form != NULL ? spec->name_form : "");
      return NULL;
    }
  if (name != NULL && !check_section_name (loader, kind, name, line))
    return NULL;
  const TideSection *first = tide_loader_find (loader, kind, name != NULL ? name : "");
  if (first != NULL)
    {
      tide_loader_problem (loader, NULL, line, "[%s] stands twice, first in line %d; expected another name, or one section",
                           header, first->line);
      return NULL;
    }
  TideSection *section = g_new0 (TideSection, 1);
  section->kind = kind;
  section->name = g_strdup (name);
  section->line = line;
  section->sound = true;
  section->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, entry_free);
  g_ptr_array_add (loader->sections[kind], section);
  g_hash_table_insert (loader->by_name[kind], section->name != NULL ? section->name : (char *) "", section);
  return section;
}

static const TideKeySpec *
find_key (const TideSectionSpec *spec, const TideSourceSpec *source, const char *key)
{
  for (guint i = 0; i < spec->n_keys; i++)
    if (spec->keys[i].type == TIDE_KEY_PREFIX ? g_str_has_prefix (key, spec->keys[i].name)
                                              : strcmp (spec->keys[i].name, key) == 0)
      return &spec->keys[i];
  return source == NULL ? NULL : tide_source_spec_get_key (source, key);
}

static void
unknown_key (TideLoader *loader, TideSection *section, const TideSourceSpec *source, const char *key, int line)
{
  const TideSectionSpec *spec = &tide_section_specs[section->kind];
  TideNearest nearest;
  tide_nearest_init (&nearest, key);
  GString *known = g_string_new (NULL);
  guint n = spec->n_keys + (source != NULL ? source->n_keys : 0);
  for (guint i = 0; i < n; i++)
    {
      const TideKeySpec *other = i < spec->n_keys ? &spec->keys[i] : &source->keys[i - spec->n_keys];
      tide_nearest_offer (&nearest, other->name);
      g_string_append_printf (known, "%s%s%s", i == 0 ? "" : ", ", other->name,
                              other->type == TIDE_KEY_PREFIX ? "NAME" : "");
    }
  g_autofree char *hint = tide_nearest_hint (&nearest);
  tide_loader_problem (loader, section, line, "there is no key '%s' in [%s%s%s]; expected one of: %s%s", key, spec->word,
                       section->name != NULL ? " " : "", section->name != NULL ? section->name : "", known->str, hint);
  g_string_free (known, TRUE);
}

static void
read_key (TideLoader *loader, TideSection *section, const TideSourceSpec *source, const char *key, const char *value,
          int line, GHashTable *seen)
{
  int first = GPOINTER_TO_INT (g_hash_table_lookup (seen, key));
  if (first != 0)
    {
      tide_loader_problem (loader, section, line, "'%s' stands twice in this section, first in line %d; expected one line",
                           key, first);
      return;
    }
  g_hash_table_insert (seen, (char *) key, GINT_TO_POINTER (line));
  const TideKeySpec *spec = find_key (&tide_section_specs[section->kind], source, key);
  if (spec == NULL)
    {
      /* Of a source whose kind is not known nothing can be said. */
      if (section->kind != TIDE_SECTION_SOURCE || source != NULL)
        unknown_key (loader, section, source, key, line);
      return;
    }
  TideEntry *entry = g_new0 (TideEntry, 1);
  entry->value = strcmp (key, "pattern") == 0 ? g_strdup (value) : g_strstrip (g_strdup (value));
  entry->line = line;
  g_autoptr (GError) error = NULL;
  bool good = tide_key_spec_check (spec, key, entry->value, &error);
  g_hash_table_replace (section->entries, g_strdup (key), entry);
  if (good)
    return;
  tide_loader_key_problem (loader, section, key, error->message);
  g_hash_table_remove (section->entries, key);
}

static void
check_required (TideLoader *loader, TideSection *section, const TideKeySpec *keys, guint n_keys, GHashTable *seen)
{
  for (guint i = 0; i < n_keys; i++)
    if (keys[i].required && !g_hash_table_contains (seen, keys[i].name))
      tide_loader_problem (loader, section, section->line, "[%s%s%s] has no %s=; expected %s",
                           tide_section_specs[section->kind].word, section->name != NULL ? " " : "",
                           section->name != NULL ? section->name : "", keys[i].name,
                           keys[i].help != NULL ? keys[i].help : "a value");
}

static const TideSourceSpec *
find_source_spec (TideLoader *loader, TideSection *section, const TideConf *conf, guint index)
{
  for (guint i = 0; i < tide_conf_get_n_keys (conf, index); i++)
    {
      const char *value;
      int line;
      if (strcmp (tide_conf_get_key (conf, index, i, &value, &line), "kind") != 0)
        continue;
      g_autofree char *kind = g_strstrip (g_strdup (value));
      const TideSourceSpec *spec = tide_catalog_get_source (loader->catalog, kind);
      if (spec != NULL || *kind == '\0')
        return spec;
      TideNearest nearest;
      tide_nearest_init (&nearest, kind);
      GString *known = g_string_new (NULL);
      for (guint k = 0; loader->catalog->sources != NULL && loader->catalog->sources[k] != NULL; k++)
        {
          tide_nearest_offer (&nearest, loader->catalog->sources[k]->kind);
          g_string_append_printf (known, "%s%s", k == 0 ? "" : ", ", loader->catalog->sources[k]->kind);
        }
      g_autofree char *hint = tide_nearest_hint (&nearest);
      tide_loader_problem (loader, section, line, "[source %s] kind: there is no kind '%s'; expected one of: %s%s",
                           section->name, kind, known->str, hint);
      g_string_free (known, TRUE);
      return NULL;
    }
  return NULL;
}

void
tide_loader_read_sections (TideLoader *loader, const TideConf *conf)
{
  for (guint i = 0; i < tide_conf_get_n_bad_lines (conf); i++)
    {
      const char *reason, *text;
      int line = tide_conf_get_bad_line (conf, i, &text, &reason);
      tide_loader_problem (loader, NULL, line, "can't read this line: %s", reason);
    }
  guint n = tide_conf_get_n_sections (conf);
  if (n > SECTIONS_MAX)
    tide_loader_problem (loader, NULL, 0, "there are %u sections; at most %d are read", n, SECTIONS_MAX);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < MIN (n, SECTIONS_MAX); i++)
    {
      int line;
      const char *header = tide_conf_get_section (conf, i, &line);
      TideSection *section = open_section (loader, header, line);
      if (section == NULL)
        continue;
      g_hash_table_remove_all (seen);
      const TideSourceSpec *source
          = section->kind == TIDE_SECTION_SOURCE ? find_source_spec (loader, section, conf, i) : NULL;
      for (guint k = 0; k < tide_conf_get_n_keys (conf, i); k++)
        {
          const char *value;
          const char *key = tide_conf_get_key (conf, i, k, &value, &line);
          read_key (loader, section, source, key, value, line, seen);
        }
      const TideSectionSpec *spec = &tide_section_specs[section->kind];
      check_required (loader, section, spec->keys, spec->n_keys, seen);
      if (source != NULL)
        check_required (loader, section, source->keys, source->n_keys, seen);
    }
}
