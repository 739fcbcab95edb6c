/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Predicates as SQL. The text is canonical: the same for any spelling of case, spaces and superfluous parentheses,
 * in the order of the operands, and read back by tide_predicate_new() to itself, so that versions of metrics can
 * be made from it. Names are quoted only where SQLite would not take them bare. */
#include "model-predicate-private.h"

#include <stdlib.h>

/* SQLite 3.40's, sorted. */
static const char *const sql_keywords[] = {
  "ABORT", "ACTION", "ADD", "AFTER", "ALL", "ALTER", "ALWAYS", "ANALYZE", "AND", "AS", "ASC", "ATTACH",
  "AUTOINCREMENT", "BEFORE", "BEGIN", "BETWEEN", "BY", "CASCADE", "CASE", "CAST", "CHECK", "COLLATE", "COLUMN",
  "COMMIT", "CONFLICT", "CONSTRAINT", "CREATE", "CROSS", "CURRENT", "CURRENT_DATE", "CURRENT_TIME",
  "CURRENT_TIMESTAMP", "DATABASE", "DEFAULT", "DEFERRABLE", "DEFERRED", "DELETE", "DESC", "DETACH", "DISTINCT", "DO",
  "DROP", "EACH", "ELSE", "END", "ESCAPE", "EXCEPT", "EXCLUDE", "EXCLUSIVE", "EXISTS", "EXPLAIN", "FAIL", "FALSE",
  "FILTER", "FIRST", "FOLLOWING", "FOR", "FOREIGN", "FROM", "FULL", "GENERATED", "GLOB", "GROUP", "GROUPS", "HAVING",
  "IF", "IGNORE", "IMMEDIATE", "IN", "INDEX", "INDEXED", "INITIALLY", "INNER", "INSERT", "INSTEAD", "INTERSECT",
  "INTO", "IS", "ISNULL", "JOIN", "KEY", "LAST", "LEFT", "LIKE", "LIMIT", "MATCH", "MATERIALIZED", "NATURAL", "NO",
  "NOT", "NOTHING", "NOTNULL", "NULL", "NULLS", "OF", "OFFSET", "ON", "OR", "ORDER", "OTHERS", "OUTER", "OVER",
  "PARTITION", "PLAN", "PRAGMA", "PRECEDING", "PRIMARY", "QUERY", "RAISE", "RANGE", "RECURSIVE", "REFERENCES",
  "REGEXP", "REINDEX", "RELEASE", "RENAME", "REPLACE", "RESTRICT", "RETURNING", "RIGHT", "ROLLBACK", "ROW", "ROWS",
  "SAVEPOINT", "SELECT", "SET", "TABLE", "TEMP", "TEMPORARY", "THEN", "TIES", "TO", "TRANSACTION", "TRIGGER", "TRUE",
  "UNBOUNDED", "UNION", "UNIQUE", "UPDATE", "USING", "VACUUM", "VALUES", "VIEW", "VIRTUAL", "WHEN", "WHERE", "WINDOW",
  "WITH", "WITHOUT",
};

static int
compare_keyword (const void *name, const void *keyword)
{
  return g_ascii_strcasecmp (name, *(const char *const *) keyword);
}

static char *
quote (const char *text, char mark)
{
  GString *quoted = g_string_new (NULL);

  g_string_append_c (quoted, mark);
  for (; *text != '\0'; text++)
    {
      if (*text == mark)
        g_string_append_c (quoted, mark);
      g_string_append_c (quoted, *text);
    }
  g_string_append_c (quoted, mark);
  return g_string_free (quoted, FALSE);
}

char *
tide_sql_quote_name (const char *name)
{
  gsize plain = strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_");
  bool bare = plain > 0 && name[plain] == '\0' && !g_ascii_isdigit (*name);

  if (bare
      && bsearch (name, sql_keywords, G_N_ELEMENTS (sql_keywords), sizeof *sql_keywords, compare_keyword) == NULL)
    return g_strdup (name);
  return quote (name, '"');
}

char *
tide_sql_quote_text (const char *text)
{
  return quote (text, '\'');
}

static void append_node (GString *sql, const TideNode *node);

static void
append_child (GString *sql, const TideNode *child, bool parentheses)
{
  if (parentheses)
    g_string_append_c (sql, '(');
  append_node (sql, child);
  if (parentheses)
    g_string_append_c (sql, ')');
}

static void
append_joined (GString *sql, const TideNode *node)
{
  for (guint i = 0; i < node->n_children; i++)
    {
      if (i > 0)
        g_string_append (sql, node->kind == NODE_AND ? " AND " : " OR ");
      append_child (sql, node->children[i], node->children[i]->kind == NODE_OR);
    }
}

static const char *
right_side (const TideNode *node)
{
  return node->kind == NODE_COMPARE_COLUMNS ? node->other_sql : node->values[0].sql;
}

static void
append_compare (GString *sql, const TideNode *node)
{
  static const char *const ops[] = { "=", "!=", "<", "<=", ">", ">=" };
  const char *right = right_side (node);

  g_string_append_printf (sql, "%s %s %s", node->flipped ? right : node->column_sql, ops[node->printed_op],
                          node->flipped ? node->column_sql : right);
}

static void
append_in (GString *sql, const TideNode *node)
{
  g_string_append_printf (sql, "%s %sIN (", node->column_sql, node->negated ? "NOT " : "");
  for (guint i = 0; i < node->n_values; i++)
    g_string_append_printf (sql, "%s%s", i > 0 ? ", " : "", node->values[i].sql);
  g_string_append_c (sql, ')');
}

static void
append_node (GString *sql, const TideNode *node)
{
  const char *negation = node->negated ? "NOT " : "";

  switch (node->kind)
    {
    case NODE_AND:
    case NODE_OR:
      append_joined (sql, node);
      break;
    case NODE_NOT:
      g_string_append (sql, "NOT ");
      append_child (sql, node->children[0],
                    node->children[0]->kind == NODE_AND || node->children[0]->kind == NODE_OR);
      break;
    case NODE_CONSTANT:
      g_string_append (sql, node->constant == TRI_TRUE ? "true" : "false");
      break;
    case NODE_BOOL:
      g_string_append (sql, node->column_sql);
      break;
    case NODE_COMPARE:
    case NODE_COMPARE_COLUMNS:
      append_compare (sql, node);
      break;
    case NODE_BETWEEN:
      g_string_append_printf (sql, "%s %sBETWEEN %s AND %s", node->column_sql, negation,
                              right_side (node->children[0]), right_side (node->children[1]));
      break;
    case NODE_IN:
      append_in (sql, node);
      break;
    case NODE_LIKE:
      g_string_append_printf (sql, "%s %sLIKE %s", node->column_sql, negation, node->values[0].sql);
      break;
    case NODE_IS_NULL:
      g_string_append_printf (sql, "%s IS %sNULL", node->column_sql, negation);
      break;
    }
}

/**
 * tide_predicate_to_sql:
 *
 * Returns: (transfer full): canonical text, a condition of SQLite over the stream's table: times are µs and written
 *   as ts('…'), decimals with a scale are doubles there, bools 0 and 1
 * Thread: any.
 */
char *
tide_predicate_to_sql (const TidePredicate *predicate)
{
  GString *sql = g_string_new (NULL);

  append_node (sql, predicate->root);
  return g_string_free (sql, FALSE);
}

static void
mark_node (const TideNode *node, bool *ret_columns)
{
  for (guint i = 0; i < node->n_children; i++)
    mark_node (node->children[i], ret_columns);
  if (node->column_sql != NULL)
    ret_columns[node->column.index] = true;
  if (node->other_sql != NULL)
    ret_columns[node->other.index] = true;
}

/**
 * tide_predicate_mark_columns:
 * @ret_columns: (inout): others are left as they are
 *
 * Thread: any.
 */
void
tide_predicate_mark_columns (const TidePredicate *predicate, bool *ret_columns)
{
  mark_node (predicate->root, ret_columns);
}

void
tide_predicate_free (TidePredicate *predicate)
{
  if (predicate == NULL)
    return;
  tide_node_free (predicate->root);
  g_free (predicate);
}
