/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model-json.h"

#include <string.h>

/**
 * tide_json_append_text:
 * @text: UTF-8
 * @len: bytes; -1: up to its NUL
 *
 * Appends it in quotes, with what RFC 8259 (section 7) wants escaped. Thread: any.
 */
void
tide_json_append_text (GString *out, const char *text, gssize len)
{
  gsize n = len < 0 ? strlen (text) : (gsize) len;

  g_string_append_c (out, '"');
  for (gsize i = 0; i < n; i++)
    {
      unsigned char c = (unsigned char) text[i];

      if (c == '"' || c == '\\')
        g_string_append_printf (out, "\\%c", c);
      else if (c < 0x20)
        g_string_append_printf (out, "\\u%04x", c);
      else
        g_string_append_c (out, (char) c);
    }
  g_string_append_c (out, '"');
}
