/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Proposes a schema from samples: each path that leads to a value, in the order it was first seen, with the type that
 * all of its values have. It is a proposal that a person looks over, so it prefers what loses nothing: text when types
 * are mixed, decimal for money, and no rule is guessed. Arrays are left out, as no field can hold one; so are keys
 * with a dot in them, since a path could not tell them from nested ones. */
#include "ingest-decoder-private.h"
#include "ingest-csv.h"
#include "ingest-json.h"

#include <string.h>

#define PATHS_MAX 500
#define EXAMPLE_MAX 60

typedef struct
{
  char *path;
  guint seen, values; /* samples with it; of them neither null nor empty */
  guint ints, reals, texts, bools, times, epochs, text_decimals;
  guint max_decimals;
  GHashTable *distinct;
  char *example;
} Found;

typedef struct
{
  GPtrArray *found; /* Found* in order */
  GHashTable *by_path;
} Detection;

static void
found_free (gpointer data)
{
  Found *found = data;
  g_free (found->path);
  g_free (found->example);
  g_hash_table_unref (found->distinct);
  g_free (found);
}

void
tide_detected_field_free (TideDetectedField *field)
{
  if (field == NULL)
    return;
  tide_field_free (field->field);
  g_free (field->example);
  g_free (field);
}

/* --- looking at values --- */

static Found *
find_path (Detection *detection, const char *path, gsize len)
{
  g_autofree char *key = g_strndup (path, len);
  Found *found = g_hash_table_lookup (detection->by_path, key);
  if (found != NULL || detection->found->len >= PATHS_MAX || len == 0)
    return found;
  found = g_new0 (Found, 1);
  found->path = g_steal_pointer (&key);
  found->distinct = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_ptr_array_add (detection->found, found);
  g_hash_table_insert (detection->by_path, found->path, found);
  return found;
}

static bool
is_type (TideType type, int scale, const TideRaw *raw, TideFieldValue *ret_value)
{
  TideField field = { .name = (char *) "x", .type = type, .scale = scale };
  return tide_field_convert (&field, raw, ret_value) && ret_value->present;
}

/* A whole number that is a moment from 2001 to 2100 in s, ms, µs or ns. */
static bool
is_epoch (const TideRaw *raw)
{
  TideFieldValue value;
  return is_type (TIDE_TYPE_TIME, 0, raw, &value) && value.i > INT64_C (1000000000) * TIDE_SECOND
         && value.i < INT64_C (4102444800) * TIDE_SECOND;
}

static void
look_at_number (Found *found, const TideRaw *raw)
{
  TideFieldValue value;
  const char *point = memchr (raw->data, '.', raw->len);
  if (is_type (TIDE_TYPE_INT, 0, raw, &value))
    {
      found->ints++;
      found->epochs += is_epoch (raw);
      return;
    }
  found->reals++;
  guint decimals = point == NULL ? 99 : (guint) (raw->data + raw->len - point) - 1;
  if (memchr (raw->data, 'e', raw->len) != NULL || memchr (raw->data, 'E', raw->len) != NULL)
    decimals = 99;
  found->max_decimals = MAX (found->max_decimals, decimals);
}

static void
look_at_text (Found *found, const TideRaw *raw)
{
  TideFieldValue value;
  found->texts++;
  if (raw->len >= 10 && tide_time_parse (raw->data, raw->len, NULL, &value.i))
    found->times++;
  const char *point = memchr (raw->data, '.', raw->len);
  if (point != NULL && raw->data + raw->len - point == 3 && is_type (TIDE_TYPE_DECIMAL, 2, raw, &value))
    found->text_decimals++;
}

static void
look_at_cell (Found *found, const TideRaw *raw)
{
  TideFieldValue value;
  bool is_bool = raw->len > 1 && is_type (TIDE_TYPE_BOOL, 0, raw, &value);
  if (is_bool)
    found->bools++;
  else if (is_type (TIDE_TYPE_REAL, 0, raw, &value))
    look_at_number (found, raw);
  else
    look_at_text (found, raw);
}

static void
look_at (const char *path, gsize path_len, const TideRaw *raw, void *data)
{
  if (raw->kind == TIDE_RAW_OBJECT || raw->kind == TIDE_RAW_ARRAY)
    return;
  Found *found = find_path (data, path, path_len);
  if (found == NULL)
    return;
  found->seen++;
  if (raw->kind <= TIDE_RAW_NULL || (raw->kind == TIDE_RAW_CELL && raw->len == 0))
    return;
  found->values++;
  if (raw->kind == TIDE_RAW_TRUE || raw->kind == TIDE_RAW_FALSE)
    found->bools++;
  else if (raw->kind == TIDE_RAW_NUMBER)
    look_at_number (found, raw);
  else if (raw->kind == TIDE_RAW_TEXT)
    look_at_text (found, raw);
  else
    look_at_cell (found, raw);
  const char *word = raw->kind == TIDE_RAW_TRUE ? "true" : "false";
  char *text = raw->data != NULL && raw->kind >= TIDE_RAW_NUMBER ? g_strndup (raw->data, raw->len) : g_strdup (word);
  if (found->example == NULL)
    {
      g_autoptr (GString) example = g_string_new (NULL);
      tide_reason_append_text (example, text, MIN (strlen (text), EXAMPLE_MAX));
      found->example = g_utf8_make_valid (example->str, -1);
    }
  g_hash_table_add (found->distinct, text);
}

/* --- deciding --- */

/* Whether one of the words of a path's last key is in @words. */
static bool
has_word (const char *path, const char *const *words)
{
  const char *dot = strrchr (path, '.');
  g_autoptr (GString) key = g_string_new (NULL);
  for (const char *p = dot != NULL ? dot + 1 : path; *p != '\0'; p++)
    {
      /* created_at, created-at and createdAt are two words. */
      if (g_ascii_isupper (*p) && key->len > 0 && g_ascii_islower (p[-1]))
        g_string_append_c (key, '_');
      g_string_append_c (key, *p == '-' || *p == ' ' ? '_' : g_ascii_tolower (*p));
    }
  g_auto (GStrv) parts = g_strsplit (key->str, "_", -1);
  for (guint i = 0; words[i] != NULL; i++)
    if (g_strv_contains ((const char *const *) parts, words[i]))
      return true;
  return false;
}

static const char *const money_words[] = { "amount", "price", "total", "cost", "fee", "tip", "revenue", "tax", "net",
                                           "gross", "balance", "discount", "fare", "salary", "eur", "usd", "value",
                                           NULL };
static const char *const time_words[] = { "time", "timestamp", "ts", "at", "date", "datetime", "created", "when", NULL };
static const char *const first_time_words[] = { "timestamp", "created", "event", "ts", "occurred", NULL };
static const char *const key_words[] = { "id", "uuid", "guid", "key", "no", "number", NULL };

static TideType
choose_type (const Found *found, int *ret_scale)
{
  guint n = found->values, numbers = found->ints + found->reals;
  *ret_scale = 0;
  if (n == 0)
    return TIDE_TYPE_TEXT;
  if (found->bools == n)
    return TIDE_TYPE_BOOL;
  if (found->times == n || (found->epochs == n && has_word (found->path, time_words)))
    return TIDE_TYPE_TIME;
  if (found->ints == n)
    return TIDE_TYPE_INT;
  bool money = has_word (found->path, money_words);
  if ((numbers == n && found->max_decimals <= 2 && money) || (found->text_decimals == n && money))
    {
      *ret_scale = 2;
      return TIDE_TYPE_DECIMAL;
    }
  return numbers == n ? TIDE_TYPE_REAL : TIDE_TYPE_TEXT;
}

/* The last key, or the whole path where that is taken; with what a name may consist of. */
static char *
choose_name (const char *path, GHashTable *taken)
{
  const char *dot = strrchr (path, '.');
  const char *candidates[] = { dot != NULL ? dot + 1 : path, path };
  for (guint i = 0;; i++)
    {
      g_autofree char *name = i < 2 ? g_strdup (candidates[i]) : g_strdup_printf ("%.50s_%u", path, i);
      for (char *p = name; *p != '\0'; p++)
        if (!g_ascii_isalnum (*p) && *p != '_')
          *p = '_';
      if (strlen (name) > 60)
        name[60] = '\0';
      const char *start = name + strspn (name, "_");
      g_autofree char *result = g_ascii_isdigit (*start) || *start == '\0' ? g_strconcat ("f", start, NULL)
                                                                           : g_strdup (start);
      g_autofree char *folded = g_ascii_strdown (result, -1);
      if (g_hash_table_add (taken, g_steal_pointer (&folded)))
        return g_steal_pointer (&result);
    }
}

/* Marks the best one; ties go to the first. */
static void
mark_time_and_key (GPtrArray *fields, GPtrArray *found)
{
  TideDetectedField *time = NULL, *key = NULL;
  int best_time = 0, best_key = 0;
  for (guint i = 0; i < fields->len; i++)
    {
      TideDetectedField *field = g_ptr_array_index (fields, i);
      const Found *from = g_ptr_array_index (found, i);
      int depth = strchr (from->path, '.') != NULL;
      int score = 8 + 4 * has_word (from->path, first_time_words) + 2 * has_word (from->path, time_words) - depth;
      if (field->field->type == TIDE_TYPE_TIME && score > best_time)
        {
          best_time = score;
          time = field;
        }
      bool identifies = from->values > 0 && g_hash_table_size (from->distinct) * 10 >= from->values * 9;
      score = 4 + 2 * (from->values == from->seen) - depth;
      if ((field->field->type == TIDE_TYPE_INT || field->field->type == TIDE_TYPE_TEXT) && identifies
          && has_word (from->path, key_words) && score > best_key)
        {
          best_key = score;
          key = field;
        }
    }
  if (time != NULL)
    time->looks_like_time = true;
  if (key != NULL)
    key->looks_like_key = true;
}

static void
look_at_csv (Detection *detection, GPtrArray *samples)
{
  gsize len;
  if (samples->len == 0)
    return;
  const char *data = g_bytes_get_data (g_ptr_array_index (samples, 0), &len);
  TideCsvReader *header = tide_csv_reader_new (NULL, 0);
  if (data != NULL && tide_csv_reader_set_header (header, data, len, NULL))
    {
      guint n = tide_csv_reader_get_n_columns (header);
      bool known;
      g_autofree const char **names = g_new (const char *, MAX (n, 1));
      g_autofree TideRaw *raws = g_new0 (TideRaw, MAX (n, 1));
      for (guint i = 0; i < n; i++)
        names[i] = tide_csv_reader_get_column (header, i, &known);
      TideCsvReader *csv = tide_csv_reader_new (names, n);
      tide_csv_reader_set_header (csv, data, len, NULL);
      for (guint s = 1; s < samples->len; s++)
        {
          const char *reason;
          data = g_bytes_get_data (g_ptr_array_index (samples, s), &len);
          if (data == NULL || !tide_csv_reader_read (csv, data, len, raws, &reason))
            continue;
          for (guint i = 0; i < n; i++)
            if (raws[i].kind != TIDE_RAW_MISSING)
              look_at (names[i], strlen (names[i]), &raws[i], detection);
        }
      tide_csv_reader_free (csv);
    }
  tide_csv_reader_free (header);
}

static void
look_at_json (Detection *detection, GPtrArray *samples)
{
  TideJson *json = tide_json_new (NULL, 0);
  for (guint i = 0; i < samples->len; i++)
    {
      const char *reason;
      gsize len;
      const char *data = g_bytes_get_data (g_ptr_array_index (samples, i), &len);
      /* One that is not well-formed may have shown some members before; they are of the schema all the same. */
      if (data != NULL)
        tide_json_read_visit (json, data, len, NULL, true, look_at, detection, &reason);
    }
  tide_json_free (json);
}

/**
 * tide_detect_fields:
 * @samples: (element-type GBytes): payloads; of CSV the first is the header
 *
 * Proposes fields for what the samples hold; one of them at most looks like the time of the event, one like its key.
 *
 * Thread: any. Returns: (element-type TideDetectedField): in order of appearance.
 */
GPtrArray *
tide_detect_fields (TideFormat format, GPtrArray *samples)
{
  Detection detection = {
    .found = g_ptr_array_new_with_free_func (found_free),
    .by_path = g_hash_table_new (g_str_hash, g_str_equal),
  };
  if (format == TIDE_FORMAT_CSV)
    look_at_csv (&detection, samples);
  else
    look_at_json (&detection, samples);
  GPtrArray *fields = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_detected_field_free);
  g_autoptr (GHashTable) taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < detection.found->len; i++)
    {
      const Found *found = g_ptr_array_index (detection.found, i);
      TideDetectedField *field = g_new0 (TideDetectedField, 1);
      int scale;
      TideType type = choose_type (found, &scale);
      g_autofree char *name = choose_name (found->path, taken);
      field->field = tide_field_new (name, found->path, type, scale);
      field->seen = found->seen;
      field->example = g_strdup (found->example);
      g_ptr_array_add (fields, field);
    }
  mark_time_and_key (fields, detection.found);
  g_hash_table_unref (detection.by_path);
  g_ptr_array_unref (detection.found);
  return fields;
}
