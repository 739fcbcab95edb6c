/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LIKE as SQLite's: '%' is any run of characters, '_' one, ASCII letters match in either case, others exactly; a
 * text ends at its first NUL. Goes back to the last '%' only, which is enough, so that no pattern takes more than
 * length × length steps (SQLite's own takes exponential time for some). */
#include "model-predicate-private.h"

/* Behind the character at @at: its first byte and what continues it. */
static const char *
next_character (const char *at, const char *end)
{
  if ((unsigned char) *at++ >= 0xc0)
    while (at < end && ((unsigned char) *at & 0xc0) == 0x80)
      at++;
  return at;
}

bool
tide_text_like (TideText text, TideText pattern)
{
  const char *at = text.data, *end = text.data + text.len;
  const char *want = pattern.data, *want_end = pattern.data + pattern.len;
  const char *retry_at = NULL, *retry_want = NULL;
  const char *nul = text.len == 0 ? NULL : memchr (text.data, '\0', text.len);

  if (nul != NULL)
    end = nul;
  for (;;)
    {
      if (want < want_end && *want == '%')
        {
          retry_want = ++want;
          retry_at = at;
          continue;
        }
      if (at == end && want == want_end)
        return true;
      if (at < end && want < want_end && *want == '_')
        {
          want++;
          at = next_character (at, end);
          continue;
        }
      if (at < end && want < want_end && g_ascii_tolower (*at) == g_ascii_tolower (*want))
        {
          at++;
          want++;
          continue;
        }
      if (retry_want == NULL || retry_at == end)
        return false;
      retry_at = next_character (retry_at, end);
      at = retry_at;
      want = retry_want;
    }
}
