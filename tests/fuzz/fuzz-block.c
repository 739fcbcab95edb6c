/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A column of a block: two bytes of rows, then the blob. The checksum is put right, so that what it would refuse is
 * looked at; what is decoded can be encoded and decoded again. */
#include "fuzz.h"
#include "store-column.h"

#include <string.h>
#include <xxhash.h>

#define CHECKSUM 8

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static TideColumnDecoder *decoder, *second;
  static TideColumnEncoder *encoder;
  g_autofree guint8 *blob = NULL;
  TideColumn column = { 0 }, again = { 0 };
  const GByteArray *bytes;
  uint32_t n;
  int alias = 0;

  if (size < 2 + CHECKSUM)
    return 0;
  if (decoder == NULL)
    {
      decoder = tide_column_decoder_new ();
      second = tide_column_decoder_new ();
      encoder = tide_column_encoder_new ();
    }
  n = (uint32_t) (data[0] | data[1] << 8);
  data += 2;
  size -= 2;
  blob = g_memdup2 (data, size);
  XXH64_hash_t sum = XXH3_64bits (blob, size - CHECKSUM);
  memcpy (blob + size - CHECKSUM, &sum, CHECKSUM);
  if (!tide_column_decode (decoder, blob, size, n, &column, &alias) || n == 0 || alias != 0)
    return 0;
  bytes = tide_column_encode (encoder, &column, n, 1);
  fuzz_check (tide_column_decode (second, bytes->data, bytes->len, n, &again, &alias));
  fuzz_check (tide_column_equal (&column, &again, n));
  return 0;
}
