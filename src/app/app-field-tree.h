/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person's SQL can read: streams ▸ fields, then results and plain tables. Activating a row inserts its name.
 * Signal "insert" (const char *text), quoted where SQL needs it. Thread: main. */
#pragma once

#include <adwaita.h>

#include "pipeline.h"

G_BEGIN_DECLS

#define TIDE_TYPE_FIELD_TREE (tide_field_tree_get_type ())
G_DECLARE_FINAL_TYPE (TideFieldTree, tide_field_tree, TIDE, FIELD_TREE, AdwBin)

/* Reads the tables anew, on a worker. NULL: none. */
void tide_field_tree_refresh (TideFieldTree *self, TidePipeline *pipeline);
void tide_field_tree_search (TideFieldTree *self);

/* "city", or "\"odd name\"". */
char *tide_field_tree_quote (const char *name);

G_END_DECLS
