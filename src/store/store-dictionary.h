/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The distinct texts of a column as bytes. Private to store/. */
#pragma once

#include "model.h"

G_BEGIN_DECLS

typedef struct _TideDictionaryEncoder TideDictionaryEncoder;
TideDictionaryEncoder *tide_dictionary_encoder_new (void);
void tide_dictionary_encoder_free (TideDictionaryEncoder *encoder);
void tide_dictionary_encode (TideDictionaryEncoder *encoder, const TideText *dict, uint32_t n, int level,
                             GByteArray *out);

typedef struct _TideDictionaryDecoder TideDictionaryDecoder;
TideDictionaryDecoder *tide_dictionary_decoder_new (void);
void tide_dictionary_decoder_free (TideDictionaryDecoder *decoder);
/* Moves *cursor. The texts are the decoder's until its next call; never NULL, even when there are none. */
bool tide_dictionary_decode (TideDictionaryDecoder *decoder, const guint8 **cursor, const guint8 *end,
                             const TideText **ret_dict, uint32_t *ret_n);

G_END_DECLS
