/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree of a predicate: made by lex (words), parse (grammar) and bind (meaning), read by eval and sql. */
#pragma once

#include "model-private.h"

#include <string.h>

G_BEGIN_DECLS

#define PREDICATE_MAX_LENGTH (16 * 1024)
#define PREDICATE_MAX_DEPTH 64
#define PREDICATE_MAX_VALUES 1000 /* of an IN */
/* Also what keeps the SQL below SQLite's limit on the depth of an expression, which is 1,000. */
#define PREDICATE_MAX_CONDITIONS 512

/* SQL's truth; what eval's arrays hold. */
enum
{
  TRI_FALSE,
  TRI_TRUE,
  TRI_NULL,
};

typedef enum
{
  NODE_AND, /* children */
  NODE_OR,  /* children */
  NODE_NOT, /* one child */
  NODE_CONSTANT,
  NODE_BOOL,            /* a field alone */
  NODE_COMPARE,         /* column, op, value */
  NODE_COMPARE_COLUMNS, /* column, op, other */
  NODE_BETWEEN,         /* two children that compare, lower bound first */
  NODE_IN,
  NODE_LIKE,
  NODE_IS_NULL,
} TideNodeKind;

typedef enum
{
  OP_EQ,
  OP_NE,
  OP_LT,
  OP_LE,
  OP_GT,
  OP_GE,
} TideOp;

/* A column of a batch as the predicate was bound to it. */
typedef struct
{
  uint32_t index;
  TideType type;
  int scale;
} TideBoundColumn;

/* What a literal means to the type that it is compared with. */
typedef struct
{
  int64_t integer; /* INT, DECIMAL (scaled, rounded down), BOOL, TIME */
  bool fraction;   /* it is more than integer, by less than 1 */
  int beyond;      /* INT, DECIMAL: below (-1) or above (1) all that 64 bits hold */
  double real;     /* REAL */
  TideText text;   /* TEXT; owned */
  char *sql;       /* canonical */
} TideBoundValue;

typedef struct _TideNode TideNode;

struct _TideNode
{
  TideNodeKind kind;
  bool negated; /* NOT IN, NOT LIKE, NOT BETWEEN, IS NOT NULL */
  bool flipped;      /* written with the column on the right */
  TideOp printed_op; /* as written */
  TideOp op;         /* as evaluated: column op value */
  int constant; /* TRI_FALSE or TRI_TRUE where not null, whatever the value; -1: it depends */
  TideBoundColumn column, other;
  char *column_sql, *other_sql;
  TideBoundValue *values; /* as written: one to compare or LIKE, all of IN */
  guint n_values;
  /* IN: sorted, without those that no value of the column can equal. */
  int64_t *ints;
  double *reals;
  TideText *texts; /* borrowed from values */
  guint n_sorted;
  int text_slot; /* of eval's cache of answers for each text of a dictionary; -1: none */
  TideNode **children;
  guint n_children;
};

struct _TidePredicate
{
  TideNode *root;
  guint n_text_slots;
};

/* What stands on a side of an operator, before it is bound. */
typedef enum
{
  OPERAND_COLUMN,
  OPERAND_NUMBER,
  OPERAND_TEXT,
  OPERAND_BOOL,
  OPERAND_TIME, /* ts('…') */
} TideOperandKind;

typedef struct
{
  TideOperandKind kind;
  gsize position; /* byte of the predicate's text */
  char *text;     /* the name; the number with its sign; the text without quotes; "true" */
  TideBoundColumn column;
} TideOperand;

void tide_operand_clear (TideOperand *operand);

/* Bind: each returns NULL or FALSE with an error that has no position yet: the parser adds that of the operand. */
TideNode *tide_node_new (TideNodeKind kind);
void tide_node_free (TideNode *node);
TideNode *tide_node_new_compare (const TideOperand *left, TideOp op, const TideOperand *right, GError **error);
TideNode *tide_node_new_column (TideNodeKind kind, const TideOperand *column);
bool tide_node_add_value (TideNode *node, const TideOperand *value, GError **error);
void tide_node_sort_values (TideNode *node);

/* The words of a text. The one at hand is [start, end), in bytes. */
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
} TideTokenKind;

typedef struct
{
  const char *text;
  TideTokenKind kind;
  gsize start, end;
  TideOp op; /* of TOKEN_OP */
  GError **error;
} TideLexer;

/* Reads the next one. */
bool tide_lexer_advance (TideLexer *lexer);
bool tide_lexer_at (const TideLexer *lexer, char punctuation);
/* The text or name at hand without its quotes. */
char *tide_lexer_unquote (const TideLexer *lexer);
/* Set the error, and are always NULL, for return. */
void *tide_lexer_fail (TideLexer *lexer, gsize position, const char *format, ...) G_GNUC_PRINTF (3, 4);
void *tide_lexer_fail_expected (TideLexer *lexer, const char *expected);

/* Canonical SQL of a name and of a text. */
char *tide_sql_quote_name (const char *name);
char *tide_sql_quote_text (const char *text);

/* By bytes, as SQLite's BINARY. */
static inline int
tide_text_compare (TideText a, TideText b)
{
  uint32_t len = MIN (a.len, b.len);
  int order = len == 0 ? 0 : memcmp (a.data, b.data, len); /* no text at all may have no bytes either */

  return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* SQLite's LIKE: % and _ over characters, ASCII letters in either case. */
bool tide_text_like (TideText text, TideText pattern);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideNode, tide_node_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TideOperand, tide_operand_clear)

G_END_DECLS
