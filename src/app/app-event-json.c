/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One event as indented JSON. A payload is only laid out anew, character by character, never parsed and written again:
 * what a person copies has every digit that came. Where the stream keeps no payload, it is made from the fields. */
#include "app-event-browser.h"

#include <string.h>

static void
new_line (GString *out, int depth)
{
  g_string_append_c (out, '\n');
  for (int i = 0; i < depth; i++)
    g_string_append (out, "  ");
}

static const char *
copy_string (GString *out, const char *at)
{
  const char *end = at + 1;

  while (*end != '\0' && *end != '"')
    end += end[0] == '\\' && end[1] != '\0' ? 2 : 1;
  if (*end == '"')
    end++;
  g_string_append_len (out, at, end - at);
  return end;
}

char *
tide_json_indent (const char *json)
{
  GString *out = g_string_new (NULL);
  int depth = 0;

  for (const char *at = json; *at != '\0';)
    {
      const char *next;

      switch (*at)
        {
        case '"':
          at = copy_string (out, at);
          continue;
        case '{':
        case '[':
          next = at + 1 + strspn (at + 1, " \t\r\n");
          g_string_append_c (out, *at);
          if (*next == '}' || *next == ']')
            {
              g_string_append_c (out, *next);
              at = next;
            }
          else
            new_line (out, ++depth);
          break;
        case '}':
        case ']':
          depth = MAX (0, depth - 1);
          new_line (out, depth);
          g_string_append_c (out, *at);
          break;
        case ',':
          g_string_append_c (out, ',');
          new_line (out, depth);
          break;
        case ':':
          g_string_append (out, ": ");
          break;
        case ' ':
        case '\t':
        case '\r':
        case '\n':
          break;
        default:
          g_string_append_c (out, *at);
        }
      at++;
    }
  return g_string_free (out, FALSE);
}

char *
tide_event_to_json (const TideEvent *event, const TideStream *stream)
{
  g_autoptr (GString) out = g_string_new ("{");

  if (event->payload != NULL)
    return tide_json_indent (event->payload);
  for (guint i = 0; i < event->n_values && i < stream->n_fields; i++)
    {
      bool quoted = stream->fields[i]->type == TIDE_TYPE_TEXT || stream->fields[i]->type == TIDE_TYPE_TIME;

      if (i > 0)
        g_string_append_c (out, ',');
      tide_json_append_text (out, stream->fields[i]->name, -1);
      g_string_append_c (out, ':');
      if (event->values[i] == NULL)
        g_string_append (out, "null");
      else if (quoted)
        tide_json_append_text (out, event->values[i], -1);
      else
        g_string_append (out, event->values[i]);
    }
  g_string_append_c (out, '}');
  return tide_json_indent (out->str);
}
