/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first record is the header, the others are events: framing takes all bytes, whatever they are. */
#include "fuzz.h"
#include "ingest.h"
#include "ingest-csv.h"
#include "ingest-decoder.h"

#include <string.h>

/* The record at @data; the last one need not end. */
static gsize
next_record (char delimiter, const char *data, gsize len)
{
  TideCsvFrame frame = { 0 };
  gsize n = tide_csv_reader_frame (&frame, delimiter, data, len);

  fuzz_check (n <= len);
  return n > 0 ? n : len;
}

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
  const char *text = (const char *) data;
  char delimiter = tide_csv_reader_find_delimiter (text, size);
  g_autoptr (TideDecoder) decoder = NULL;
  g_autoptr (TideBatchBuilder) builder = NULL;
  g_autoptr (TideBatch) batch = NULL;
  TideEventMeta meta = { .time = TIDE_TIME_NONE, .received = (TideTime) 1793500000 * TIDE_SECOND };
  uint32_t filtered = 0, events = 0, n_broken = 0;
  gsize at;

  if (stream == NULL)
    stream = fuzz_stream (TIDE_FORMAT_CSV);
  decoder = tide_decoder_new (stream, "fuzz", NULL, fuzz_broken, &n_broken);
  builder = tide_batch_builder_new (stream);
  at = next_record (delimiter, text, size);
  if (!tide_decoder_set_header (decoder, text, at, NULL))
    return 0;
  while (at < size && events < 1000)
    {
      gsize n = next_record (delimiter, text + at, size - at);
      TideDecodeResult result = tide_decoder_decode (decoder, builder, text + at, n, &meta);

      events += result != TIDE_DECODE_FILTERED;
      at += n;
    }
  batch = tide_decoder_finish (decoder, builder, &filtered, NULL);
  fuzz_check ((batch != NULL ? batch->n : 0) + filtered + n_broken == events);
  return 0;
}
