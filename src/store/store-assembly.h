/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The columns of a block that is being put together. Private to store/, for the writer's thread. */
#pragma once

#include "store-block.h"

G_BEGIN_DECLS

typedef struct _TideAssembly TideAssembly;

TideAssembly *tide_assembly_new (void);
void tide_assembly_free (TideAssembly *assembly);
/* Starts afresh, with the arrays that are there. */
void tide_assembly_reset (TideAssembly *assembly);
/* Rows [before, before + n) of column @id; rows before that it was not given are null. @copy: its texts will be gone
 * before the block is written. */
void tide_assembly_append (TideAssembly *assembly, int id, const TideColumn *column, uint32_t before, uint32_t n,
                           bool copy);
/* Those rows repeat column @target, of a lower id, which has them already. FALSE, and nothing done, when that is not so
 * or the rows before did not repeat it: append them. */
bool tide_assembly_append_alias (TideAssembly *assembly, int id, int target, uint32_t before, uint32_t n);
/* The columns of @n rows, ascending by id, borrowed until the next change; and about the bytes that they unpack to. */
const TideBlockColumn *tide_assembly_finish (TideAssembly *assembly, uint32_t n, guint *ret_n_columns,
                                             gsize *ret_bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideAssembly, tide_assembly_free)

G_END_DECLS
