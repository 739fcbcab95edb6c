/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks as rows. Private to store/, for the writer's thread. */
#pragma once

#include "store-column.h"

G_BEGIN_DECLS

typedef struct
{
  int id;
  int alias; /* id of the column that it repeats, whose values @column has; 0: none */
  TideColumn column;
} TideBlockColumn;

typedef struct _TideBlockWriter TideBlockWriter;

TideBlockWriter *tide_block_writer_new (sqlite3 *db, GError **error);
void tide_block_writer_free (TideBlockWriter *writer);
/* Inserts a block with its columns (ascending by id; those that are all null are left out). The block's stream,
 * first_seq, n, tier, weight and created are given; the rest is filled in. Inside a transaction. */
bool tide_block_writer_insert (TideBlockWriter *writer, TideBlock *block, const TideBlockColumn *columns,
                               guint n_columns, GError **error);
/* Deletes the rows of a block, and nothing else. Inside a transaction. */
bool tide_block_writer_delete (TideBlockWriter *writer, gint64 id, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideBlockWriter, tide_block_writer_free)

G_END_DECLS
