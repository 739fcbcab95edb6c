/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Edits of the workspace file: each changes only the lines that it is about, so that a person's comments, order
 * and spacing stay and a diff shows the edit and nothing else. What is new goes where a person would put it.
 * Limit: a value can't begin with a form feed (GKeyFile has no escape for it). */
#include "model-conf-private.h"

#include <string.h>

static char *
escape (const char *value)
{
  GString *out = g_string_sized_new (strlen (value) + 8);
  size_t len = strlen (value), last = len;
  while (last > 0 && (value[last - 1] == ' ' || value[last - 1] == '\t'))
    last--; /* spaces from here on are at the end: an editor would strip them */
  bool leading = true;
  for (size_t i = 0; i < len; i++)
    {
      bool edge = leading || i >= last;
      char c = value[i];
      if (c == ' ' && edge)
        g_string_append (out, "\\s");
      else if (c == '\t' && edge)
        g_string_append (out, "\\t");
      else if (c == '\n')
        g_string_append (out, "\\n");
      else if (c == '\r')
        g_string_append (out, "\\r");
      else if (c == '\\')
        g_string_append (out, "\\\\");
      else
        g_string_append_c (out, c);
      leading = leading && (c == ' ' || c == '\t');
    }
  return g_string_free (out, FALSE);
}

static void
replace_line (TideConf *conf, guint at, const char *text)
{
  TideLine *old = tide_conf_line (conf, at);
  g_ptr_array_index (conf->lines, at) = tide_conf_line_new (text, strlen (text), old->end);
  tide_conf_line_free (old);
}

static const char *
line_end_of (const TideConf *conf)
{
  return conf->lines->len > 0 && strcmp (tide_conf_line (conf, 0)->end, "\r\n") == 0 ? "\r\n" : "\n";
}

static void
insert_line (TideConf *conf, guint at, const char *text)
{
  const char *end = line_end_of (conf);
  if (at > 0 && *tide_conf_line (conf, at - 1)->end == '\0')
    tide_conf_line (conf, at - 1)->end = end;
  g_ptr_array_insert (conf->lines, (int) at, tide_conf_line_new (text, strlen (text), end));
}

/* The first of the comment lines directly above line @at, else @at. */
static guint
skip_comments_up (const TideConf *conf, guint at)
{
  while (at > 0 && tide_conf_line (conf, at - 1)->kind == TIDE_LINE_COMMENT)
    at--;
  return at;
}

/* Where the lines of a section end: before the comments directly above the next. */
static guint
section_stop (const TideConf *conf, const TideConfSection *section)
{
  for (guint i = section->line + 1; i < conf->lines->len; i++)
    if (tide_conf_line (conf, i)->kind == TIDE_LINE_SECTION)
      return MAX (skip_comments_up (conf, i), section->line + 1);
  return conf->lines->len;
}

static guint
skip_blank_up (const TideConf *conf, guint at)
{
  while (at > 0 && tide_conf_line (conf, at - 1)->kind == TIDE_LINE_BLANK)
    at--;
  return at;
}

static void
add_section (TideConf *conf, const char *name)
{
  size_t word = strcspn (name, " ");
  guint at = conf->lines->len;
  for (guint i = conf->sections->len; i > 0; i--)
    {
      const TideConfSection *section = g_ptr_array_index (conf->sections, i - 1);
      const char *other = tide_conf_line (conf, section->line)->name;
      if (strcspn (other, " ") == word && strncmp (other, name, word) == 0)
        {
          at = section_stop (conf, section);
          break;
        }
    }
  at = skip_blank_up (conf, at);
  if (at > 0)
    insert_line (conf, at++, "");
  g_autofree char *header = g_strdup_printf ("[%s]", name);
  insert_line (conf, at, header);
}

static void
add_key (TideConf *conf, const char *section, const char *key, const char *escaped)
{
  if (tide_conf_find_section (conf, section) == NULL)
    {
      add_section (conf, section);
      tide_conf_index (conf);
    }
  const TideConfSection *found = tide_conf_find_section (conf, section);
  guint at = found->line + 1;
  if (found->keys->len > 0)
    at = g_array_index (found->keys, guint, found->keys->len - 1) + 1;
  g_autofree char *text = g_strdup_printf ("%s=%s", key, escaped);
  insert_line (conf, at, text);
}

/**
 * tide_conf_set:
 * @section: no brackets or line ends in it
 * @key: no "=", brackets or spaces at its ends
 * @value: (nullable): valid UTF-8; %NULL removes the key
 *
 * Changes the one line of the key, keeping the spaces around its "=".
 */
void
tide_conf_set (TideConf *conf, const char *section, const char *key, const char *value)
{
  g_return_if_fail (tide_conf_section_name_is_valid (section));
  g_return_if_fail (tide_conf_key_name_is_valid (key));
  const TideConfSection *found = tide_conf_find_section (conf, section);
  guint at = 0;
  TideLine *line = found == NULL ? NULL : tide_conf_find_key (conf, found, key, &at);
  if (value == NULL)
    {
      if (line == NULL)
        return;
      g_ptr_array_remove_index (conf->lines, at);
      tide_conf_index (conf);
      return;
    }
  if (line != NULL && line->reason == NULL && strcmp (line->value, value) == 0)
    return;
  g_autofree char *escaped = escape (value);
  if (line == NULL)
    add_key (conf, section, key, escaped);
  else
    {
      g_autofree char *text = g_strdup_printf ("%.*s%s", (int) line->value_start, line->text, escaped);
      replace_line (conf, at, text);
    }
  tide_conf_index (conf);
}

void
tide_conf_remove_section (TideConf *conf, const char *section)
{
  const TideConfSection *found = tide_conf_find_section (conf, section);
  if (found == NULL)
    return;
  guint from = skip_comments_up (conf, found->line), to = section_stop (conf, found);
  if (to == conf->lines->len)
    from = skip_blank_up (conf, from);
  if (to > from)
    g_ptr_array_remove_range (conf->lines, from, to - from);
  tide_conf_index (conf);
}

void
tide_conf_rename_section (TideConf *conf, const char *section, const char *name)
{
  g_return_if_fail (tide_conf_section_name_is_valid (name));
  const TideConfSection *found = tide_conf_find_section (conf, section);
  if (found == NULL)
    return;
  const TideLine *line = tide_conf_line (conf, found->line);
  size_t open = strcspn (line->text, "["), close = strcspn (line->text, "]");
  g_autofree char *text = g_strdup_printf ("%.*s[%s%s", (int) open, line->text, name, line->text + close);
  replace_line (conf, found->line, text);
  tide_conf_index (conf);
}
