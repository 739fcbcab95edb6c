/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole JSON document in memory, for files of results and rules: small, read once, of any shape. Events don't go this
 * way (ingest-json.h). A tree belongs to one thread at a time. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct _TideJsonTree TideJsonTree;

/* A value of a tree; valid as long as the tree. */
typedef struct
{
  uintptr_t words[2];
} TideJsonNode;

typedef enum
{
  TIDE_JSON_NULL,
  TIDE_JSON_BOOL,
  TIDE_JSON_INT, /* fits an int64 */
  TIDE_JSON_REAL,
  TIDE_JSON_TEXT,
  TIDE_JSON_ARRAY,
  TIDE_JSON_OBJECT,
} TideJsonKind;

/* Copies @data. NULL: it is no JSON, or has an integer beyond 64 bits, or more than 1,000 levels; @ret_reason, static,
 * says which. */
TideJsonTree *tide_json_tree_new (const char *data, gsize len, const char **ret_reason);
void tide_json_tree_free (TideJsonTree *tree);
TideJsonNode tide_json_tree_get_root (const TideJsonTree *tree);

TideJsonKind tide_json_node_get_kind (TideJsonNode node);
/* The member of an object; FALSE, and ret_value untouched, when it is missing, null, or @node is no object. */
bool tide_json_node_get (TideJsonNode node, const char *key, TideJsonNode *ret_value);
/* The same for members of one type: NULL, FALSE when they are missing or of another. Texts are the tree's. */
const char *tide_json_node_get_text (TideJsonNode node, const char *key);
bool tide_json_node_get_bool (TideJsonNode node, const char *key, bool *ret_value);
bool tide_json_node_get_number (TideJsonNode node, const char *key, double *ret_value); /* also integers */
/* A scalar as text: 3, 2.5, true, or the text itself. NULL: it is an array, an object or null. */
char *tide_json_node_to_text (TideJsonNode node);

/* Elements of an array or members of an object, in order; @key is NULL for an element. FALSE ends it. */
typedef bool (*TideJsonEach) (const char *key, TideJsonNode value, void *data);
void tide_json_node_each (TideJsonNode node, TideJsonEach each, void *data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideJsonTree, tide_json_tree_free)

G_END_DECLS
