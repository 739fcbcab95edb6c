/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The grammar of predicates, by recursive descent:
 *   or := and {OR and};  and := not {AND not};  not := NOT not | ( or ) | condition
 * Every message says at which column of the text it went wrong, what was expected there and what was found.
 * Length, depth, the number of conditions and of values of an IN are bounded: the text may come from a stranger. */
#include "model-predicate-private.h"

typedef struct
{
  TideLexer lexer;
  const TideStream *stream;
  guint depth, n_conditions, n_text_slots;
} Parser;

static TideNode *parse_or (Parser *parser);

/* An error of bind, with its position. */
static void *
fail_at (Parser *parser, gsize position, GError *inner)
{
  tide_lexer_fail (&parser->lexer, position, "%s", inner->message);
  g_error_free (inner);
  return NULL;
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
  { "_payload", TIDE_COLUMN_PAYLOAD, TIDE_TYPE_TEXT },     { "_headers", TIDE_COLUMN_HEADERS, TIDE_TYPE_TEXT },
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
  tide_lexer_fail (&parser->lexer, operand->position,
                   "stream %s has no field '%.64s'%s", stream->name, operand->text, hint);
  return false;
}

/* ts('2026-11-01'), after the name. */
static bool
parse_ts (Parser *parser, TideOperand *operand)
{
  if (!tide_lexer_advance (&parser->lexer))
    return false;
  if (parser->lexer.kind != TOKEN_TEXT)
    return tide_lexer_fail_expected (&parser->lexer, "a time in quotes such as ts('2026-11-01')") != NULL;
  operand->kind = OPERAND_TIME;
  g_free (operand->text);
  operand->text = tide_lexer_unquote (&parser->lexer);
  if (!tide_lexer_advance (&parser->lexer))
    return false;
  if (!tide_lexer_at (&parser->lexer, ')'))
    return tide_lexer_fail_expected (&parser->lexer, "')' after the time") != NULL;
  return tide_lexer_advance (&parser->lexer);
}

static bool
parse_number (Parser *parser, TideOperand *operand)
{
  bool negative = tide_lexer_at (&parser->lexer, '-');

  operand->kind = OPERAND_NUMBER;
  if (parser->lexer.kind == TOKEN_PUNCTUATION)
    {
      if (!tide_lexer_advance (&parser->lexer))
        return false;
      if (parser->lexer.kind != TOKEN_NUMBER)
        return tide_lexer_fail_expected (&parser->lexer, "a number after the sign") != NULL;
    }
  operand->text = g_strdup_printf ("%s%.*s", negative ? "-" : "", (int) (parser->lexer.end - parser->lexer.start),
                                   parser->lexer.text + parser->lexer.start);
  return tide_lexer_advance (&parser->lexer);
}

/* A field or a literal; @expected says which for the message. */
static bool
parse_operand (Parser *parser, const char *expected, TideOperand *operand)
{
  operand->position = parser->lexer.start;
  switch (parser->lexer.kind)
    {
    case TOKEN_TEXT:
      operand->kind = OPERAND_TEXT;
      operand->text = tide_lexer_unquote (&parser->lexer);
      return tide_lexer_advance (&parser->lexer);
    case TOKEN_TRUE:
    case TOKEN_FALSE:
      operand->kind = OPERAND_BOOL;
      operand->text = g_strdup (parser->lexer.kind == TOKEN_TRUE ? "true" : "false");
      return tide_lexer_advance (&parser->lexer);
    case TOKEN_QUOTED:
      operand->kind = OPERAND_COLUMN;
      operand->text = tide_lexer_unquote (&parser->lexer);
      return tide_lexer_advance (&parser->lexer) && resolve_column (parser, operand);
    case TOKEN_NAME:
      operand->kind = OPERAND_COLUMN;
      operand->text = g_strndup (parser->lexer.text + parser->lexer.start, parser->lexer.end - parser->lexer.start);
      if (!tide_lexer_advance (&parser->lexer))
        return false;
      if (!tide_lexer_at (&parser->lexer, '('))
        return resolve_column (parser, operand);
      if (g_ascii_strcasecmp (operand->text, "ts") == 0)
        return parse_ts (parser, operand);
      tide_lexer_fail (&parser->lexer, operand->position,
                       "there is no function '%.64s' here; expected a field, a value or ts('…')",
                       operand->text);
      return false;
    case TOKEN_NUMBER:
      return parse_number (parser, operand);
    case TOKEN_NULL:
      tide_lexer_fail (&parser->lexer, parser->lexer.start,
                       "nothing compares with NULL; expected IS NULL or IS NOT NULL");
      return false;
    case TOKEN_PUNCTUATION:
      if (tide_lexer_at (&parser->lexer, '-') || tide_lexer_at (&parser->lexer, '+'))
        return parse_number (parser, operand);
      /* fall through */
    default:
      return tide_lexer_fail_expected (&parser->lexer, expected) != NULL;
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
  TideOp op = parser->lexer.op;
  g_autofree char *expected = g_strdup_printf ("a value after '%.*s'", (int) (parser->lexer.end - parser->lexer.start),
                                               parser->lexer.text + parser->lexer.start);

  if (!tide_lexer_advance (&parser->lexer) || !parse_operand (parser, expected, &right))
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
  if (!tide_lexer_advance (&parser->lexer) || !parse_operand (parser, "a value after BETWEEN", &low))
    return NULL;
  if (parser->lexer.kind != TOKEN_AND)
    return tide_lexer_fail_expected (&parser->lexer, "AND and the upper bound of BETWEEN");
  if (!tide_lexer_advance (&parser->lexer) || !parse_operand (parser, "a value after AND", &high))
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

  if (!tide_lexer_advance (&parser->lexer))
    return NULL;
  if (!tide_lexer_at (&parser->lexer, '('))
    return tide_lexer_fail_expected (&parser->lexer, "'(' after IN");
  do
    {
      if (node->n_values == PREDICATE_MAX_VALUES)
        return tide_lexer_fail (&parser->lexer, parser->lexer.start,
                                "expected at most %d values in a list", PREDICATE_MAX_VALUES);
      if (!tide_lexer_advance (&parser->lexer) || !parse_value (parser, node, "a value in the list"))
        return NULL;
    }
  while (tide_lexer_at (&parser->lexer, ','));
  if (!tide_lexer_at (&parser->lexer, ')'))
    return tide_lexer_fail_expected (&parser->lexer, "',' or ')' in the list");
  if (!tide_lexer_advance (&parser->lexer))
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

      return tide_lexer_fail (&parser->lexer, column->position,
                              "%s is %s; expected a text field before LIKE", column->text, type);
    }
  if (!tide_lexer_advance (&parser->lexer))
    return NULL;
  if (parser->lexer.kind != TOKEN_TEXT)
    return tide_lexer_fail_expected (&parser->lexer, "a pattern such as 'a%' after LIKE");
  if (!parse_value (parser, node, "a pattern"))
    return NULL;
  return finish_condition (parser, g_steal_pointer (&node));
}

static TideNode *
parse_is_null (Parser *parser, const TideOperand *column)
{
  g_autoptr (TideNode) node = tide_node_new_column (NODE_IS_NULL, column);

  if (!tide_lexer_advance (&parser->lexer))
    return NULL;
  if (parser->lexer.kind == TOKEN_NOT)
    {
      node->negated = true;
      if (!tide_lexer_advance (&parser->lexer))
        return NULL;
    }
  if (parser->lexer.kind != TOKEN_NULL)
    return tide_lexer_fail_expected (&parser->lexer, node->negated ? "NULL after IS NOT" : "NULL or NOT NULL after IS");
  if (!tide_lexer_advance (&parser->lexer))
    return NULL;
  return g_steal_pointer (&node);
}

/* What follows a field. */
static TideNode *
parse_after_column (Parser *parser, const TideOperand *column)
{
  TideNode *node;
  bool negated = parser->lexer.kind == TOKEN_NOT;

  if (parser->lexer.kind == TOKEN_OP)
    return parse_compare (parser, column);
  if (parser->lexer.kind == TOKEN_IS)
    return parse_is_null (parser, column);
  if (negated && !tide_lexer_advance (&parser->lexer))
    return NULL;
  switch (parser->lexer.kind)
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
        return tide_lexer_fail_expected (&parser->lexer, "IN, LIKE or BETWEEN after NOT");
      if (column->column.type == TIDE_TYPE_BOOL)
        return tide_node_new_column (NODE_BOOL, column);
      {
        g_autofree char *expected = g_strdup_printf ("a comparison after %.64s", column->text);

        return tide_lexer_fail_expected (&parser->lexer, expected);
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
    return tide_lexer_fail (&parser->lexer, parser->lexer.start,
                            "expected at most %d conditions; a list of values can be written as IN (…)",
                            PREDICATE_MAX_CONDITIONS);
  if (!parse_operand (parser, "a condition", &left))
    return NULL;
  if (left.kind == OPERAND_COLUMN)
    return parse_after_column (parser, &left);
  if (parser->lexer.kind == TOKEN_OP)
    return parse_compare (parser, &left);
  if (left.kind == OPERAND_BOOL)
    {
      TideNode *node = tide_node_new (NODE_CONSTANT);

      node->constant = *left.text == 't' ? TRI_TRUE : TRI_FALSE;
      return node;
    }
  return tide_lexer_fail_expected (&parser->lexer, "a comparison after the value");
}

static TideNode *
parse_not (Parser *parser)
{
  g_autoptr (TideNode) node = NULL;
  bool negated = parser->lexer.kind == TOKEN_NOT;

  if (!negated && !tide_lexer_at (&parser->lexer, '('))
    return parse_condition (parser);
  if (++parser->depth > PREDICATE_MAX_DEPTH)
    return tide_lexer_fail (&parser->lexer, parser->lexer.start,
                            "expected at most %d parentheses and NOTs inside each other",
                            PREDICATE_MAX_DEPTH);
  if (!tide_lexer_advance (&parser->lexer))
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
  else if (!tide_lexer_at (&parser->lexer, ')'))
    return tide_lexer_fail_expected (&parser->lexer, "AND, OR or ')'");
  else if (!tide_lexer_advance (&parser->lexer))
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
parse_joined (Parser *parser, TideNodeKind kind, TideTokenKind joint, TideNode *(*parse) (Parser *parser))
{
  g_autoptr (GPtrArray) children = NULL;
  TideNode *node = parse (parser);

  if (node == NULL || parser->lexer.kind != joint)
    return node;
  children = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_node_free);
  add_child (children, kind, node);
  while (parser->lexer.kind == joint)
    {
      if (!tide_lexer_advance (&parser->lexer))
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
  Parser parser = { .lexer = { .text = text, .error = error }, .stream = stream };
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
    return tide_lexer_fail (&parser.lexer, (gsize) (valid_end - text), "expected UTF-8");
  if (!tide_lexer_advance (&parser.lexer))
    return NULL;
  root = parse_or (&parser);
  if (root == NULL)
    return NULL;
  if (parser.lexer.kind != TOKEN_END)
    return tide_lexer_fail_expected (&parser.lexer, "AND, OR or the end");
  predicate = g_new0 (TidePredicate, 1);
  predicate->root = g_steal_pointer (&root);
  predicate->n_text_slots = parser.n_text_slots;
  return predicate;
}
