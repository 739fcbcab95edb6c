/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A document to a row: each is a row, or is refused with a reason. */
#include "fuzz.h"
#include "ingest.h"
#include "ingest-decoder.h"

#include <string.h>

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static TideStream *stream;
  static TideDecoder *decoder;
  g_autoptr (TideBatchBuilder) builder = NULL;
  g_autoptr (TideBatch) batch = NULL;
  TideEventMeta meta = { .offset = 1, .time = TIDE_TIME_NONE, .received = (TideTime) 1793500000 * TIDE_SECOND };
  const char *reason = NULL;
  uint32_t filtered = 0;
  TideDecodeResult result;

  if (stream == NULL)
    {
      stream = fuzz_stream (TIDE_FORMAT_JSON);
      decoder = tide_decoder_new (stream, "fuzz", NULL);
    }
  builder = tide_batch_builder_new (stream);
  result = tide_decoder_decode (decoder, builder, (const char *) data, size, &meta, &reason);
  batch = tide_decoder_finish (decoder, builder, &filtered);
  fuzz_check (result != TIDE_DECODE_REJECTED || (reason != NULL && *reason != '\0'));
  fuzz_check ((batch != NULL ? batch->n : 0) + filtered == (result == TIDE_DECODE_EVENT));
  return 0;
}
