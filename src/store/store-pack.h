/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole numbers in as few bits as they need. Private to store/. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Unpacking writes whole groups of eight, and reads up to eight bytes after the packed ones: arrays need this room, and
 * packed bytes something (a checksum) behind them. */
#define TIDE_PACK_ROOM(n) (((gsize) (n) + 7) & ~(gsize) 7)

void tide_pack_ints (GByteArray *out, const int64_t *values, uint32_t n);
/* Moves *cursor; FALSE when the bytes before @end can't be what pack writes. @out has TIDE_PACK_ROOM (n). */
bool tide_unpack_ints (const guint8 **cursor, const guint8 *end, int64_t *out, uint32_t n);

/* All of one width, which is the caller's to keep: 0..32. */
unsigned tide_pack_width (uint32_t max);
void tide_pack_codes (GByteArray *out, const uint32_t *values, uint32_t n, unsigned width);
bool tide_unpack_codes (const guint8 **cursor, const guint8 *end, uint32_t *out, uint32_t n, unsigned width);

G_END_DECLS
