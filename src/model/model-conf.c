/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The workspace file as lines. GKeyFile reads the same syntax but forgets line numbers, blank lines and spacing,
 * so it can neither say where a mistake is nor edit one key of a file that a person keeps in version control.
 * Here a line is kept as its bytes; sections and keys are an index over the lines, made anew after each edit.
 * Limit: localized keys (name[de]=) are bad lines; an edit costs time in proportion to the file. */
#include "model-conf-private.h"

#include <string.h>

void
tide_conf_line_free (gpointer data)
{
  TideLine *line = data;
  g_free (line->text);
  g_free (line->name);
  g_free (line->value);
  g_free (line);
}

static void
section_free (gpointer data)
{
  TideConfSection *section = data;
  g_array_unref (section->keys);
  g_free (section);
}

bool
tide_conf_section_name_is_valid (const char *name)
{
  if (*name == '\0')
    return false;
  for (const char *p = name; *p != '\0'; p++)
    if (*p == '[' || *p == ']' || g_ascii_iscntrl (*p))
      return false;
  return true;
}

bool
tide_conf_key_name_is_valid (const char *name)
{
  size_t len = strlen (name);
  return len > 0 && strpbrk (name, "=[]\n\r") == NULL && name[0] != '#' && !g_ascii_isspace (name[0])
         && !g_ascii_isspace (name[len - 1]);
}

/* The escapes that GKeyFile knows in a text value. A wrong one stays as it stands. */
static char *
unescape (const char *raw, bool *ret_wrong)
{
  GString *out = g_string_sized_new (strlen (raw));
  *ret_wrong = false;
  for (const char *p = raw; *p != '\0'; p++)
    {
      if (*p != '\\')
        {
          g_string_append_c (out, *p);
          continue;
        }
      static const char from[] = "sntr\\", to[] = " \n\t\r\\";
      const char *known = p[1] == '\0' ? NULL : strchr (from, p[1]);
      if (known == NULL)
        {
          *ret_wrong = true;
          g_string_append_c (out, '\\');
          continue;
        }
      g_string_append_c (out, to[known - from]);
      p++;
    }
  return g_string_free (out, FALSE);
}

static void
line_bad (TideLine *line, const char *reason)
{
  line->kind = TIDE_LINE_BAD;
  line->reason = reason;
}

static void
line_read_section (TideLine *line, const char *start)
{
  const char *close = strchr (start, ']');
  const char *rest = close == NULL ? "" : close + 1;
  while (*rest == ' ' || *rest == '\t')
    rest++;
  if (close == NULL || *rest != '\0')
    {
      line_bad (line, "a section is a line like [metric revenue], with nothing after the ]");
      return;
    }
  line->name = g_strndup (start + 1, (gsize) (close - start - 1));
  if (!tide_conf_section_name_is_valid (line->name))
    {
      g_clear_pointer (&line->name, g_free);
      line_bad (line, "a section's name is not empty and has no [ in it");
      return;
    }
  line->kind = TIDE_LINE_SECTION;
}

static void
line_read_key (TideLine *line, const char *start)
{
  const char *equals = strchr (start, '=');
  if (equals == NULL || equals == start)
    {
      line_bad (line, "expected [section], key=value, or a comment that starts with #");
      return;
    }
  const char *end = equals;
  while (end > start && g_ascii_isspace (end[-1]))
    end--;
  line->name = g_strndup (start, (gsize) (end - start));
  if (!tide_conf_key_name_is_valid (line->name))
    {
      g_clear_pointer (&line->name, g_free);
      line_bad (line, "a key has no [ or ] in its name");
      return;
    }
  const char *value = equals + 1;
  while (g_ascii_isspace (*value))
    value++;
  line->kind = TIDE_LINE_KEY;
  line->value_start = (gsize) (value - line->text);
  bool wrong;
  line->value = unescape (value, &wrong);
  if (wrong)
    line->reason = "a backslash is written as \\\\ (only \\s, \\n, \\t, \\r and \\\\ are known)";
}

TideLine *
tide_conf_line_new (const char *text, gsize len, const char *end)
{
  TideLine *line = g_new0 (TideLine, 1);
  line->text = g_malloc (len + 1);
  memcpy (line->text, text, len);
  line->text[len] = '\0';
  line->len = len;
  line->end = end;
  if (memchr (text, '\0', len) != NULL)
    {
      line_bad (line, "there is a NUL byte in this line; is it a text file?");
      return line;
    }
  const char *start = line->text;
  while (g_ascii_isspace (*start))
    start++;
  if (*start == '\0')
    line->kind = TIDE_LINE_BLANK;
  else if (*start == '#')
    line->kind = TIDE_LINE_COMMENT;
  else if (*start == '[')
    line_read_section (line, start);
  else
    line_read_key (line, start);
  return line;
}

void
tide_conf_index (TideConf *conf)
{
  g_ptr_array_set_size (conf->sections, 0);
  g_hash_table_remove_all (conf->by_name);
  g_array_set_size (conf->bad, 0);
  TideConfSection *section = NULL;
  bool lost = false; /* below a section line that could not be read: its keys are nobody's */
  for (guint i = 0; i < conf->lines->len; i++)
    {
      TideLine *line = tide_conf_line (conf, i);
      if (line->kind == TIDE_LINE_BAD)
        {
          g_array_append_val (conf->bad, i);
          if (line->text[strspn (line->text, " \t\f\r")] == '[')
            {
              section = NULL;
              lost = true;
            }
        }
      else if (line->kind == TIDE_LINE_SECTION)
        {
          section = g_new0 (TideConfSection, 1);
          section->line = i;
          section->keys = g_array_new (FALSE, FALSE, sizeof (guint));
          g_ptr_array_add (conf->sections, section);
          if (!g_hash_table_contains (conf->by_name, line->name))
            g_hash_table_insert (conf->by_name, line->name, GUINT_TO_POINTER (conf->sections->len));
        }
      else if (line->kind == TIDE_LINE_KEY && section != NULL)
        {
          g_array_append_val (section->keys, i);
          if (line->reason != NULL)
            g_array_append_val (conf->bad, i);
        }
      else if (line->kind == TIDE_LINE_KEY && !lost)
        {
          line->reason = "a key stands below a section such as [workspace]";
          g_array_append_val (conf->bad, i);
        }
    }
}

/**
 * tide_conf_parse:
 * @text: any bytes; @len of them
 *
 * Never fails: tide_conf_to_text() gives the same bytes back, and what could not be read is a bad line.
 */
TideConf *
tide_conf_parse (const char *text, gsize len)
{
  TideConf *conf = g_new0 (TideConf, 1);
  conf->lines = g_ptr_array_new_with_free_func (tide_conf_line_free);
  conf->sections = g_ptr_array_new_with_free_func (section_free);
  conf->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  conf->bad = g_array_new (FALSE, FALSE, sizeof (guint));
  gsize at = 0;
  while (at < len)
    {
      const char *newline = memchr (text + at, '\n', len - at);
      gsize stop = newline == NULL ? len : (gsize) (newline - text);
      bool dos = newline != NULL && stop > at && text[stop - 1] == '\r';
      g_ptr_array_add (conf->lines,
                       tide_conf_line_new (text + at, stop - at - (dos ? 1 : 0), newline == NULL ? "" : dos ? "\r\n" : "\n"));
      at = newline == NULL ? len : stop + 1;
    }
  tide_conf_index (conf);
  return conf;
}

void
tide_conf_free (TideConf *conf)
{
  if (conf == NULL)
    return;
  g_hash_table_unref (conf->by_name);
  g_ptr_array_unref (conf->sections);
  g_ptr_array_unref (conf->lines);
  g_array_unref (conf->bad);
  g_free (conf);
}

static GString *
conf_to_string (const TideConf *conf)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < conf->lines->len; i++)
    {
      const TideLine *line = tide_conf_line (conf, i);
      g_string_append_len (text, line->text, (gssize) line->len);
      g_string_append (text, line->end);
    }
  return text;
}

char *
tide_conf_to_text (const TideConf *conf)
{
  return g_string_free (conf_to_string (conf), FALSE);
}

TideConf *
tide_conf_copy (const TideConf *conf)
{
  GString *text = conf_to_string (conf);
  TideConf *copy = tide_conf_parse (text->str, text->len);
  g_string_free (text, TRUE);
  return copy;
}

guint
tide_conf_get_n_sections (const TideConf *conf)
{
  return conf->sections->len;
}

const char *
tide_conf_get_section (const TideConf *conf, guint index, int *ret_line)
{
  const TideConfSection *section = g_ptr_array_index (conf->sections, index);
  if (ret_line != NULL)
    *ret_line = (int) section->line + 1;
  return tide_conf_line (conf, section->line)->name;
}

guint
tide_conf_get_n_keys (const TideConf *conf, guint section)
{
  return ((const TideConfSection *) g_ptr_array_index (conf->sections, section))->keys->len;
}

const char *
tide_conf_get_key (const TideConf *conf, guint section, guint index, const char **ret_value, int *ret_line)
{
  const TideConfSection *found = g_ptr_array_index (conf->sections, section);
  guint at = g_array_index (found->keys, guint, index);
  const TideLine *line = tide_conf_line (conf, at);
  if (ret_value != NULL)
    *ret_value = line->value;
  if (ret_line != NULL)
    *ret_line = (int) at + 1;
  return line->name;
}

guint
tide_conf_get_n_bad_lines (const TideConf *conf)
{
  return conf->bad->len;
}

/**
 * tide_conf_get_bad_line:
 * @ret_text: (out) (optional) (transfer none): the line
 * @ret_reason: (out) (optional) (transfer none): what is wrong and what is expected
 *
 * Returns: its line, from 1
 */
int
tide_conf_get_bad_line (const TideConf *conf, guint index, const char **ret_text, const char **ret_reason)
{
  guint at = g_array_index (conf->bad, guint, index);
  const TideLine *line = tide_conf_line (conf, at);
  if (ret_text != NULL)
    *ret_text = line->text;
  if (ret_reason != NULL)
    *ret_reason = line->reason;
  return (int) at + 1;
}

const TideConfSection *
tide_conf_find_section (const TideConf *conf, const char *name)
{
  guint found = GPOINTER_TO_UINT (g_hash_table_lookup (conf->by_name, name));
  return found == 0 ? NULL : g_ptr_array_index (conf->sections, found - 1);
}

TideLine *
tide_conf_find_key (const TideConf *conf, const TideConfSection *section, const char *key, guint *ret_at)
{
  for (guint i = section->keys->len; i > 0; i--)
    {
      guint at = g_array_index (section->keys, guint, i - 1);
      if (strcmp (tide_conf_line (conf, at)->name, key) == 0)
        {
          if (ret_at != NULL)
            *ret_at = at;
          return tide_conf_line (conf, at);
        }
    }
  return NULL;
}

const char *
tide_conf_get (const TideConf *conf, const char *section, const char *key)
{
  const TideConfSection *found = tide_conf_find_section (conf, section);
  const TideLine *line = found == NULL ? NULL : tide_conf_find_key (conf, found, key, NULL);
  return line == NULL ? NULL : line->value;
}

bool
tide_conf_has_section (const TideConf *conf, const char *section)
{
  return tide_conf_find_section (conf, section) != NULL;
}

