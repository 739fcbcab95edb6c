/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The grammar of predicates, by recursive descent:
 *   or := and {OR and};  and := not {AND not};  not := NOT not | ( or ) | condition
 * Every message says at which column of the text it went wrong, what was expected there and what was found.
 * Length, depth, the number of conditions and of values of an IN are bounded: the text may come from a stranger. */
#include "model-predicate-private.h"

#include <stdarg.h>
#include <string.h>

typedef enum
{
  TOKEN_END,
  TOKEN_NAME,   /* a bare name that is no keyword */
  TOKEN_QUOTED, /* "name" */
  TOKEN_TEXT,   /* 'text' */
  TOKEN_NUMBER,
  TOKEN_OP,
  TOKEN_PUNCTUATION, /* ( ) , + - */
  TOKEN_AND,
  TOKEN_OR,
  TOKEN_NOT,
  TOKEN_IN,
  TOKEN_BETWEEN,
  TOKEN_IS,
  TOKEN_NULL,
  TOKEN_LIKE,
  TOKEN_TRUE,
  TOKEN_FALSE,
} TokenKind;

static const struct
{
  const char *word;
  TokenKind kind;
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

typedef struct
{
  const char *text;
  const TideStream *stream;
  TokenKind kind;
  gsize start, end; /* of the token, in bytes */
  TideOp op;
  guint depth, n_conditions, n_text_slots;
  GError **error;
} Parser;

static TideNode *parse_or (Parser *parser);

/* Always NULL, for return. */
G_GNUC_PRINTF (3, 4)
static void *
fail (Parser *parser, gsize position, const char *format, ...)
{
  va_list arguments;
  g_autofree char *message = NULL;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (parser->error, TIDE_ERROR, TIDE_ERROR_INVALID, "column %ld: %s",
               g_utf8_strlen (parser->text, (gssize) position) + 1, message);
  return NULL;
}

/* An error of bind, with its position. */
static void *
fail_at (Parser *parser, gsize position, GError *inner)
{
  fail (parser, position, "%s", inner->message);
  g_error_free (inner);
  return NULL;
}

/* The token, for "found …". */
static char *
describe_token (const Parser *parser)
{
  const char *start = parser->text + parser->start;
  gsize len = parser->end - parser->start;

  if (parser->kind == TOKEN_END)
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

static void *
fail_expected (Parser *parser, const char *expected)
{
  g_autofree char *found = describe_token (parser);

  return fail (parser, parser->start, "expected %s, found %s", expected, found);
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
scan_quoted (Parser *parser, const char *at)
{
  gsize n = quoted_length (at);

  if (n == 0)
    {
      fail (parser, parser->start, "expected a closing %c", *at);
      return false;
    }
  parser->kind = *at == '"' ? TOKEN_QUOTED : TOKEN_TEXT;
  parser->end = parser->start + n;
  return true;
}

static void
scan_word (Parser *parser, const char *at)
{
  gsize n = 1;

  while (is_name_start (at[n]) || g_ascii_isdigit (at[n]))
    n++;
  parser->kind = TOKEN_NAME;
  parser->end = parser->start + n;
  for (gsize i = 0; i < G_N_ELEMENTS (keywords); i++)
    if (strlen (keywords[i].word) == n && g_ascii_strncasecmp (at, keywords[i].word, n) == 0)
      parser->kind = keywords[i].kind;
}

/* Reads the next token. */
static bool
advance (Parser *parser)
{
  const char *at = parser->text + parser->end;

  at += strspn (at, " \t\r\n");
  parser->start = parser->end = (gsize) (at - parser->text);
  if (*at == '\0')
    parser->kind = TOKEN_END;
  else if (*at == '\'' || *at == '"')
    return scan_quoted (parser, at);
  else if (is_name_start (*at))
    scan_word (parser, at);
  else if (g_ascii_isdigit (*at) || (*at == '.' && g_ascii_isdigit (at[1])))
    {
      parser->kind = TOKEN_NUMBER;
      parser->end += number_length (at);
      if (is_name_start (parser->text[parser->end]) || parser->text[parser->end] == '.')
        {
          fail (parser, parser->end, "expected the number to end here");
          return false;
        }
    }
  else if (strchr ("(),+-", *at) != NULL)
    {
      parser->kind = TOKEN_PUNCTUATION;
      parser->end++;
    }
  else
    {
      for (gsize i = 0; i < G_N_ELEMENTS (operators); i++)
        if (g_str_has_prefix (at, operators[i].text))
          {
            parser->kind = TOKEN_OP;
            parser->op = operators[i].op;
            parser->end += strlen (operators[i].text);
            return true;
          }
      fail (parser, parser->start, "expected a condition; '%c' means nothing here", *at);
      return false;
    }
  return true;
}

static bool
at_punctuation (const Parser *parser, char c)
{
  return parser->kind == TOKEN_PUNCTUATION && parser->text[parser->start] == c;
}

/* The token's text without its quotes. */
static char *
token_unquote (const Parser *parser)
{
  const char *start = parser->text + parser->start;
  GString *text = g_string_new (NULL);

  for (gsize i = 1; i + 1 < parser->end - parser->start; i++)
    {
      g_string_append_c (text, start[i]);
      i += start[i] == *start;
    }
  return g_string_free (text, FALSE);
}

static const struct
{
  const char *name;
  uint32_t column;
  TideType type;
} system_columns[] = {
  { "_time", TIDE_COLUMN_TIME, TIDE_TYPE_TIME },           { "_received", TIDE_COLUMN_RECEIVED, TIDE_TYPE_TIME },
  { "_source", TIDE_COLUMN_SOURCE, TIDE_TYPE_TEXT },       { "_partition", TIDE_COLUMN_PARTITION, TIDE_TYPE_INT },
  { "_offset", TIDE_COLUMN_OFFSET, TIDE_TYPE_INT },        { "_key", TIDE_COLUMN_KEY, TIDE_TYPE_TEXT },
  { "_payload", TIDE_COLUMN_PAYLOAD, TIDE_TYPE_TEXT },
};

static bool
resolve_column (Parser *parser, TideOperand *operand)
{
  const TideStream *stream = parser->stream;
  int field = tide_stream_find_field (stream, operand->text);
  TideNearest nearest;
  g_autofree char *hint = NULL;

  if (field >= 0)
    {
      operand->column = (TideBoundColumn){ (uint32_t) (TIDE_COLUMN_FIELD0 + field), stream->fields[field]->type,
                                           stream->fields[field]->scale };
      return true;
    }
  tide_nearest_init (&nearest, operand->text);
  for (gsize i = 0; i < G_N_ELEMENTS (system_columns); i++)
    {
      if (strcmp (operand->text, system_columns[i].name) == 0)
        {
          operand->column = (TideBoundColumn){ system_columns[i].column, system_columns[i].type, 0 };
          return true;
        }
      if (*operand->text == '_')
        tide_nearest_offer (&nearest, system_columns[i].name);
    }
  for (uint32_t i = 0; i < stream->n_fields; i++)
    tide_nearest_offer (&nearest, stream->fields[i]->name);
  hint = tide_nearest_hint (&nearest);
  fail (parser, operand->position, "stream %s has no field '%.64s'%s", stream->name, operand->text, hint);
  return false;
}

/* ts('2026-11-01'), after the name. */
static bool
parse_ts (Parser *parser, TideOperand *operand)
{
  if (!advance (parser))
    return false;
  if (parser->kind != TOKEN_TEXT)
    return fail_expected (parser, "a time in quotes such as ts('2026-11-01')") != NULL;
  operand->kind = OPERAND_TIME;
  g_free (operand->text);
  operand->text = token_unquote (parser);
  if (!advance (parser))
    return false;
  if (!at_punctuation (parser, ')'))
    return fail_expected (parser, "')' after the time") != NULL;
  return advance (parser);
}

static bool
parse_number (Parser *parser, TideOperand *operand)
{
  bool negative = at_punctuation (parser, '-');

  operand->kind = OPERAND_NUMBER;
  if (parser->kind == TOKEN_PUNCTUATION)
    {
      if (!advance (parser))
        return false;
      if (parser->kind != TOKEN_NUMBER)
        return fail_expected (parser, "a number after the sign") != NULL;
    }
  operand->text = g_strdup_printf ("%s%.*s", negative ? "-" : "", (int) (parser->end - parser->start),
                                   parser->text + parser->start);
  return advance (parser);
}

/* A field or a literal; @expected says which for the message. */
static bool
parse_operand (Parser *parser, const char *expected, TideOperand *operand)
{
  operand->position = parser->start;
  switch (parser->kind)
    {
    case TOKEN_TEXT:
      operand->kind = OPERAND_TEXT;
      operand->text = token_unquote (parser);
      return advance (parser);
    case TOKEN_TRUE:
    case TOKEN_FALSE:
      operand->kind = OPERAND_BOOL;
      operand->text = g_strdup (parser->kind == TOKEN_TRUE ? "true" : "false");
      return advance (parser);
    case TOKEN_QUOTED:
      operand->kind = OPERAND_COLUMN;
      operand->text = token_unquote (parser);
      return advance (parser) && resolve_column (parser, operand);
    case TOKEN_NAME:
      operand->kind = OPERAND_COLUMN;
      operand->text = g_strndup (parser->text + parser->start, parser->end - parser->start);
      if (!advance (parser))
        return false;
      if (!at_punctuation (parser, '('))
        return resolve_column (parser, operand);
      if (g_ascii_strcasecmp (operand->text, "ts") == 0)
        return parse_ts (parser, operand);
      fail (parser, operand->position, "there is no function '%.64s' here; expected a field, a value or ts('…')",
            operand->text);
      return false;
    case TOKEN_NUMBER:
      return parse_number (parser, operand);
    case TOKEN_NULL:
      fail (parser, parser->start, "nothing compares with NULL; expected IS NULL or IS NOT NULL");
      return false;
    case TOKEN_PUNCTUATION:
      if (at_punctuation (parser, '-') || at_punctuation (parser, '+'))
        return parse_number (parser, operand);
      /* fall through */
    default:
      return fail_expected (parser, expected) != NULL;
    }
}

/* Counts it, and gives it a place in eval's cache if it asks texts. */
static TideNode *
finish_condition (Parser *parser, TideNode *node)
{
  if (node->column.type == TIDE_TYPE_TEXT
      && (node->kind == NODE_COMPARE || node->kind == NODE_IN || node->kind == NODE_LIKE))
    node->text_slot = (int) parser->n_text_slots++;
  return node;
}

static TideNode *
bind_compare (Parser *parser, const TideOperand *left, TideOp op, const TideOperand *right)
{
  GError *inner = NULL;
  TideNode *node = tide_node_new_compare (left, op, right, &inner);

  if (node == NULL)
    return fail_at (parser, left->kind == OPERAND_COLUMN ? right->position : left->position, inner);
  return finish_condition (parser, node);
}

static TideNode *
parse_compare (Parser *parser, const TideOperand *left)
{
  g_auto (TideOperand) right = { 0 };
  TideOp op = parser->op;
  g_autofree char *expected = g_strdup_printf ("a value after '%.*s'", (int) (parser->end - parser->start),
                                               parser->text + parser->start);

  if (!advance (parser) || !parse_operand (parser, expected, &right))
    return NULL;
  return bind_compare (parser, left, op, &right);
}

static TideNode *
parse_between (Parser *parser, const TideOperand *column)
{
  g_auto (TideOperand) low = { 0 };
  g_auto (TideOperand) high = { 0 };
  g_autoptr (TideNode) node = tide_node_new_column (NODE_BETWEEN, column);

  node->children = g_new0 (TideNode *, 2);
  if (!advance (parser) || !parse_operand (parser, "a value after BETWEEN", &low))
    return NULL;
  if (parser->kind != TOKEN_AND)
    return fail_expected (parser, "AND and the upper bound of BETWEEN");
  if (!advance (parser) || !parse_operand (parser, "a value after AND", &high))
    return NULL;
  for (node->n_children = 0; node->n_children < 2; node->n_children++)
    {
      TideNode *child = node->n_children == 0 ? bind_compare (parser, column, OP_GE, &low)
                                              : bind_compare (parser, column, OP_LE, &high);

      if (child == NULL)
        return NULL;
      node->children[node->n_children] = child;
    }
  return g_steal_pointer (&node);
}

static bool
parse_value (Parser *parser, TideNode *node, const char *expected)
{
  g_auto (TideOperand) value = { 0 };
  GError *inner = NULL;

  if (!parse_operand (parser, expected, &value))
    return false;
  if (!tide_node_add_value (node, &value, &inner))
    return fail_at (parser, value.position, inner) != NULL;
  return true;
}

static TideNode *
parse_in (Parser *parser, const TideOperand *column)
{
  g_autoptr (TideNode) node = tide_node_new_column (NODE_IN, column);

  if (!advance (parser))
    return NULL;
  if (!at_punctuation (parser, '('))
    return fail_expected (parser, "'(' after IN");
  do
    {
      if (node->n_values == PREDICATE_MAX_VALUES)
        return fail (parser, parser->start, "expected at most %d values in a list", PREDICATE_MAX_VALUES);
      if (!advance (parser) || !parse_value (parser, node, "a value in the list"))
        return NULL;
    }
  while (at_punctuation (parser, ','));
  if (!at_punctuation (parser, ')'))
    return fail_expected (parser, "',' or ')' in the list");
  if (!advance (parser))
    return NULL;
  tide_node_sort_values (node);
  return finish_condition (parser, g_steal_pointer (&node));
}

static TideNode *
parse_like (Parser *parser, const TideOperand *column)
{
  g_autoptr (TideNode) node = tide_node_new_column (NODE_LIKE, column);

  if (column->column.type != TIDE_TYPE_TEXT)
    {
      g_autofree char *type = tide_type_to_string (column->column.type, column->column.scale);

      return fail (parser, column->position, "%s is %s; expected a text field before LIKE", column->text, type);
    }
  if (!advance (parser))
    return NULL;
  if (parser->kind != TOKEN_TEXT)
    return fail_expected (parser, "a pattern such as 'a%' after LIKE");
  if (!parse_value (parser, node, "a pattern"))
    return NULL;
  return finish_condition (parser, g_steal_pointer (&node));
}

static TideNode *
parse_is_null (Parser *parser, const TideOperand *column)
{
  g_autoptr (TideNode) node = tide_node_new_column (NODE_IS_NULL, column);

  if (!advance (parser))
    return NULL;
  if (parser->kind == TOKEN_NOT)
    {
      node->negated = true;
      if (!advance (parser))
        return NULL;
    }
  if (parser->kind != TOKEN_NULL)
    return fail_expected (parser, node->negated ? "NULL after IS NOT" : "NULL or NOT NULL after IS");
  if (!advance (parser))
    return NULL;
  return g_steal_pointer (&node);
}

/* What follows a field. */
static TideNode *
parse_after_column (Parser *parser, const TideOperand *column)
{
  TideNode *node;
  bool negated = parser->kind == TOKEN_NOT;

  if (parser->kind == TOKEN_OP)
    return parse_compare (parser, column);
  if (parser->kind == TOKEN_IS)
    return parse_is_null (parser, column);
  if (negated && !advance (parser))
    return NULL;
  switch (parser->kind)
    {
    case TOKEN_IN:
      node = parse_in (parser, column);
      break;
    case TOKEN_LIKE:
      node = parse_like (parser, column);
      break;
    case TOKEN_BETWEEN:
      node = parse_between (parser, column);
      break;
    default:
      if (negated)
        return fail_expected (parser, "IN, LIKE or BETWEEN after NOT");
      if (column->column.type == TIDE_TYPE_BOOL)
        return tide_node_new_column (NODE_BOOL, column);
      {
        g_autofree char *expected = g_strdup_printf ("a comparison after %.64s", column->text);

        return fail_expected (parser, expected);
      }
    }
  if (node != NULL)
    node->negated = negated;
  return node;
}

static TideNode *
parse_condition (Parser *parser)
{
  g_auto (TideOperand) left = { 0 };

  if (++parser->n_conditions > PREDICATE_MAX_CONDITIONS)
    return fail (parser, parser->start, "expected at most %d conditions; a list of values can be written as IN (…)",
                 PREDICATE_MAX_CONDITIONS);
  if (!parse_operand (parser, "a condition", &left))
    return NULL;
  if (left.kind == OPERAND_COLUMN)
    return parse_after_column (parser, &left);
  if (parser->kind == TOKEN_OP)
    return parse_compare (parser, &left);
  if (left.kind == OPERAND_BOOL)
    {
      TideNode *node = tide_node_new (NODE_CONSTANT);

      node->constant = *left.text == 't' ? TRI_TRUE : TRI_FALSE;
      return node;
    }
  return fail_expected (parser, "a comparison after the value");
}

static TideNode *
parse_not (Parser *parser)
{
  g_autoptr (TideNode) node = NULL;
  bool negated = parser->kind == TOKEN_NOT;

  if (!negated && !at_punctuation (parser, '('))
    return parse_condition (parser);
  if (++parser->depth > PREDICATE_MAX_DEPTH)
    return fail (parser, parser->start, "expected at most %d parentheses and NOTs inside each other",
                 PREDICATE_MAX_DEPTH);
  if (!advance (parser))
    return NULL;
  node = negated ? parse_not (parser) : parse_or (parser);
  if (node == NULL)
    return NULL;
  if (negated)
    {
      TideNode *inner = g_steal_pointer (&node);

      node = tide_node_new (NODE_NOT);
      node->children = g_new (TideNode *, 1);
      node->children[node->n_children++] = inner;
    }
  else if (!at_punctuation (parser, ')'))
    return fail_expected (parser, "AND, OR or ')'");
  else if (!advance (parser))
    return NULL;
  parser->depth--;
  return g_steal_pointer (&node);
}

/* Takes @child; what it joins in the same way is joined here: a AND (b AND c) is a AND b AND c. */
static void
add_child (GPtrArray *children, TideNodeKind kind, TideNode *child)
{
  if (child->kind != kind)
    {
      g_ptr_array_add (children, child);
      return;
    }
  for (guint i = 0; i < child->n_children; i++)
    g_ptr_array_add (children, g_steal_pointer (&child->children[i]));
  tide_node_free (child);
}

static TideNode *
parse_joined (Parser *parser, TideNodeKind kind, TokenKind joint, TideNode *(*parse) (Parser *parser))
{
  g_autoptr (GPtrArray) children = NULL;
  TideNode *node = parse (parser);

  if (node == NULL || parser->kind != joint)
    return node;
  children = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_node_free);
  add_child (children, kind, node);
  while (parser->kind == joint)
    {
      if (!advance (parser))
        return NULL;
      node = parse (parser);
      if (node == NULL)
        return NULL;
      add_child (children, kind, node);
    }
  node = tide_node_new (kind);
  node->n_children = children->len;
  g_ptr_array_set_free_func (children, NULL);
  node->children = (TideNode **) g_ptr_array_free (g_steal_pointer (&children), FALSE);
  return node;
}

static TideNode *
parse_and (Parser *parser)
{
  return parse_joined (parser, NODE_AND, TOKEN_AND, parse_not);
}

static TideNode *
parse_or (Parser *parser)
{
  return parse_joined (parser, NODE_OR, TOKEN_OR, parse_and);
}

/**
 * tide_predicate_new:
 *
 * Parses and binds. The stream is not kept.
 *
 * Returns: (transfer full): free with tide_predicate_free()
 * Errors: TIDE_ERROR_INVALID: "column 14: expected a value after '=', found 'AND'".
 * Thread: any.
 */
TidePredicate *
tide_predicate_new (const char *text, const TideStream *stream, GError **error)
{
  Parser parser = { .text = text, .stream = stream, .error = error };
  g_autoptr (TideNode) root = NULL;
  TidePredicate *predicate;
  const char *valid_end;

  if (strlen (text) > PREDICATE_MAX_LENGTH)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "the condition is too long: expected at most %d bytes",
                   PREDICATE_MAX_LENGTH);
      return NULL;
    }
  if (!g_utf8_validate (text, -1, &valid_end))
    return fail (&parser, (gsize) (valid_end - text), "expected UTF-8");
  if (!advance (&parser))
    return NULL;
  root = parse_or (&parser);
  if (root == NULL)
    return NULL;
  if (parser.kind != TOKEN_END)
    return fail_expected (&parser, "AND, OR or the end");
  predicate = g_new0 (TidePredicate, 1);
  predicate->root = g_steal_pointer (&root);
  predicate->n_text_slots = parser.n_text_slots;
  return predicate;
}
