/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A document to a row: each is a row, or is refused with a reason. */
#include "fuzz.h"
#include "ingest.h"
#include "ingest-decoder.h"

#include <string.h>

static void
fuzz_broken (const TideBroken *broken, void *data)
{
  fuzz_check (*broken->reason != '\0' && *broken->rules != '\0');
  ++*(uint32_t *) data;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static TideStream *stream;
  static TideDecoder *decoder;
  static uint32_t n_broken;
  g_autoptr (TideBatchBuilder) builder = NULL;
  g_autoptr (TideBatch) batch = NULL;
  TideEventMeta meta = { .offset = 1, .time = TIDE_TIME_NONE, .received = (TideTime) 1793500000 * TIDE_SECOND };
  uint32_t filtered = 0;
  TideDecodeResult result;

  if (stream == NULL)
    {
      stream = fuzz_stream (TIDE_FORMAT_JSON);
      decoder = tide_decoder_new (stream, "fuzz", NULL, fuzz_broken, &n_broken);
    }
  builder = tide_batch_builder_new (stream);
  n_broken = 0;
  result = tide_decoder_decode (decoder, builder, (const char *) data, size, &meta);
  batch = tide_decoder_finish (decoder, builder, &filtered, NULL);
  fuzz_check ((batch != NULL ? batch->n : 0) + filtered + n_broken == (result != TIDE_DECODE_FILTERED));
  return 0;
}
