/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of a predicate: names, keywords in any case, numbers, texts in quotes and operators, as SQLite reads
 * them. Also its messages, which say at which column of the text (in characters, from 1) it went wrong, what was
 * expected there and what was found. */
#include "model-predicate-private.h"

#include <stdarg.h>

static const struct
{
  const char *word;
  TideTokenKind kind;
} keywords[] = {
  { "AND", TOKEN_AND },   { "OR", TOKEN_OR },     { "NOT", TOKEN_NOT },   { "IN", TOKEN_IN },
  { "IS", TOKEN_IS },     { "NULL", TOKEN_NULL }, { "LIKE", TOKEN_LIKE }, { "BETWEEN", TOKEN_BETWEEN },
  { "TRUE", TOKEN_TRUE }, { "FALSE", TOKEN_FALSE },
};

static const struct
{
  const char *text;
  TideOp op;
} operators[] = {
  { "==", OP_EQ }, { "!=", OP_NE }, { "<>", OP_NE }, { "<=", OP_LE },
  { ">=", OP_GE }, { "=", OP_EQ },  { "<", OP_LT },  { ">", OP_GT },
};

G_GNUC_PRINTF (3, 4)
void *
tide_lexer_fail (TideLexer *lexer, gsize position, const char *format, ...)
{
  va_list arguments;
  g_autofree char *message = NULL;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (lexer->error, TIDE_ERROR, TIDE_ERROR_INVALID, "column %ld: %s",
               g_utf8_strlen (lexer->text, (gssize) position) + 1, message);
  return NULL;
}

/* The token, for "found …". */
static char *
describe_token (const TideLexer *lexer)
{
  const char *start = lexer->text + lexer->start;
  gsize len = lexer->end - lexer->start;

  if (lexer->kind == TOKEN_END)
    return g_strdup ("the end");
  if (len > 24)
    {
      len = (gsize) (g_utf8_find_prev_char (start, start + 24) - start);
      return g_strdup_printf ("'%.*s…'", (int) len, start);
    }
  if (*start == '\'')
    return g_strndup (start, len);
  return g_strdup_printf ("'%.*s'", (int) len, start);
}

void *
tide_lexer_fail_expected (TideLexer *lexer, const char *expected)
{
  g_autofree char *found = describe_token (lexer);

  return tide_lexer_fail (lexer, lexer->start, "expected %s, found %s", expected, found);
}

static bool
is_name_start (char c)
{
  return g_ascii_isalpha (c) || c == '_' || (unsigned char) c >= 0x80;
}

static gsize
number_length (const char *text)
{
  gsize n = strspn (text, G_CSET_DIGITS);

  if (text[n] == '.')
    n += 1 + strspn (text + n + 1, G_CSET_DIGITS);
  if (text[n] == 'e' || text[n] == 'E')
    {
      gsize sign = text[n + 1] == '+' || text[n + 1] == '-';
      gsize digits = strspn (text + n + 1 + sign, G_CSET_DIGITS);

      if (digits > 0)
        n += 1 + sign + digits;
    }
  return n;
}

/* A text in quotes, in which a quote is written twice; 0: it does not end. */
static gsize
quoted_length (const char *text)
{
  for (gsize n = 1; text[n] != '\0'; n++)
    if (text[n] == text[0] && text[++n] != text[0])
      return n;
  return 0;
}

static bool
scan_quoted (TideLexer *lexer, const char *at)
{
  gsize n = quoted_length (at);

  if (n == 0)
    {
      tide_lexer_fail (lexer, lexer->start, "expected a closing %c", *at);
      return false;
    }
  lexer->kind = *at == '"' ? TOKEN_QUOTED : TOKEN_TEXT;
  lexer->end = lexer->start + n;
  return true;
}

static void
scan_word (TideLexer *lexer, const char *at)
{
  gsize n = 1;

  while (is_name_start (at[n]) || g_ascii_isdigit (at[n]))
    n++;
  lexer->kind = TOKEN_NAME;
  lexer->end = lexer->start + n;
  for (gsize i = 0; i < G_N_ELEMENTS (keywords); i++)
    if (strlen (keywords[i].word) == n && g_ascii_strncasecmp (at, keywords[i].word, n) == 0)
      lexer->kind = keywords[i].kind;
}

/* Reads the next token. */
bool
tide_lexer_advance (TideLexer *lexer)
{
  const char *at = lexer->text + lexer->end;

  at += strspn (at, " \t\r\n");
  lexer->start = lexer->end = (gsize) (at - lexer->text);
  if (*at == '\0')
    lexer->kind = TOKEN_END;
  else if (*at == '\'' || *at == '"')
    return scan_quoted (lexer, at);
  else if (is_name_start (*at))
    scan_word (lexer, at);
  else if (g_ascii_isdigit (*at) || (*at == '.' && g_ascii_isdigit (at[1])))
    {
      lexer->kind = TOKEN_NUMBER;
      lexer->end += number_length (at);
      if (is_name_start (lexer->text[lexer->end]) || lexer->text[lexer->end] == '.')
        {
          tide_lexer_fail (lexer, lexer->end, "expected the number to end here");
          return false;
        }
    }
  else if (strchr ("(),+-", *at) != NULL)
    {
      lexer->kind = TOKEN_PUNCTUATION;
      lexer->end++;
    }
  else
    {
      for (gsize i = 0; i < G_N_ELEMENTS (operators); i++)
        if (g_str_has_prefix (at, operators[i].text))
          {
            lexer->kind = TOKEN_OP;
            lexer->op = operators[i].op;
            lexer->end += strlen (operators[i].text);
            return true;
          }
      tide_lexer_fail (lexer, lexer->start, "expected a condition; '%c' means nothing here", *at);
      return false;
    }
  return true;
}

bool
tide_lexer_at (const TideLexer *lexer, char c)
{
  return lexer->kind == TOKEN_PUNCTUATION && lexer->text[lexer->start] == c;
}

/* The token's text without its quotes. */
char *
tide_lexer_unquote (const TideLexer *lexer)
{
  const char *start = lexer->text + lexer->start;
  GString *text = g_string_new (NULL);

  for (gsize i = 1; i + 1 < lexer->end - lexer->start; i++)
    {
      g_string_append_c (text, start[i]);
      i += start[i] == *start;
    }
  return g_string_free (text, FALSE);
}
