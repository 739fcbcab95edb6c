/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One column of one block: as bytes, and gathered from several. Private to store/. */
#pragma once

#include "store-private.h"

G_BEGIN_DECLS

/* Makes blobs; one thread. */
typedef struct _TideColumnEncoder TideColumnEncoder;
TideColumnEncoder *tide_column_encoder_new (void);
void tide_column_encoder_free (TideColumnEncoder *encoder);
/* @level: of zstd, for dictionaries and payloads. The bytes are the encoder's until its next call. */
const GByteArray *tide_column_encode (TideColumnEncoder *encoder, const TideColumn *column, uint32_t n, int level);
/* "The same as column @id of this block." */
const GByteArray *tide_column_encode_alias (TideColumnEncoder *encoder, const TideColumn *column, int id, uint32_t n);

/* What a decoded column lives in; reused from block to block. */
typedef struct _TideColumnDecoder TideColumnDecoder;
TideColumnDecoder *tide_column_decoder_new (void);
void tide_column_decoder_free (TideColumnDecoder *decoder);
/* The column's arrays are the decoder's until its next call, and nothing of @blob is kept. An alias gives *ret_alias,
 * the id of the column to read instead, else 0. FALSE: the bytes are damaged, in whatever way. */
bool tide_column_decode (TideColumnDecoder *decoder, const guint8 *blob, gsize len, uint32_t n, TideColumn *ret_column,
                          int *ret_alias);

/* Rows that are null. */
uint32_t tide_column_count_nulls (const TideColumn *column, uint32_t n);
/* type NONE when there are no bounds to be had (all null, long texts). */
void tide_column_get_zone (const TideColumn *column, uint32_t n, TideZone *ret_zone);
/* The same value, or null, in each row. */
bool tide_column_equal (const TideColumn *a, const TideColumn *b, uint32_t n);

/* Concatenates columns of one type; texts of several dictionaries become one. */
typedef struct _TideGather TideGather;
TideGather *tide_gather_new (TideType type, int scale);
void tide_gather_free (TideGather *gather);
void tide_gather_reset (TideGather *gather);
/* Whether columns of this type and scale can be appended. */
bool tide_gather_takes (const TideGather *gather, const TideColumn *column);
/* All texts are known to differ (payloads): no dictionary is looked up. */
void tide_gather_set_distinct (TideGather *gather, bool distinct);
/* Nulls up to row @n. */
void tide_gather_pad (TideGather *gather, uint32_t n);
/* @copy: @column's texts will be gone before reset(). */
void tide_gather_append (TideGather *gather, const TideColumn *column, uint32_t n, bool copy);
/* Room for one value more; used where rows are picked one by one. */
void tide_gather_append_row (TideGather *gather, const TideColumn *column, uint32_t row);
uint32_t tide_gather_get_n (const TideGather *gather);
/* Borrowed until the next change. */
void tide_gather_get (TideGather *gather, TideColumn *ret_column);
/* Bytes that its values would take unpacked, for the weight of a block. */
gsize tide_gather_get_bytes (const TideGather *gather);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideColumnEncoder, tide_column_encoder_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideColumnDecoder, tide_column_decoder_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideGather, tide_gather_free)

G_END_DECLS
