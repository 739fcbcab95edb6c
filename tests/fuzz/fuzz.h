/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the fuzz targets share: each takes any bytes, must neither crash nor read beyond them, and checks what has to
 * hold of an answer. */
#pragma once

#include "model.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* A stream with a field of each type, two of them nested. */
static inline TideStream *
fuzz_stream (TideFormat format)
{
  GPtrArray *fields = g_ptr_array_new ();
  TideStream *stream;

  g_ptr_array_add (fields, tide_field_new ("i", "i", TIDE_TYPE_INT, 0));
  g_ptr_array_add (fields, tide_field_new ("d", format == TIDE_FORMAT_CSV ? "d" : "pay.d", TIDE_TYPE_DECIMAL, 2));
  g_ptr_array_add (fields, tide_field_new ("r", "r", TIDE_TYPE_REAL, 0));
  g_ptr_array_add (fields, tide_field_new ("t", format == TIDE_FORMAT_CSV ? "t" : "pay.t", TIDE_TYPE_TEXT, 0));
  g_ptr_array_add (fields, tide_field_new ("b", "b", TIDE_TYPE_BOOL, 0));
  g_ptr_array_add (fields, tide_field_new ("at", "at", TIDE_TYPE_TIME, 0));
  stream = tide_stream_new ("s", fields, NULL, NULL);
  stream->format = format;
  return stream;
}

/* The bytes as a text that ends; cut at the first NUL, as whatever reads a text does. */
static inline char *
fuzz_text (const uint8_t *data, size_t size)
{
  return g_strndup ((const char *) data, size);
}

/* Aborts, which the fuzzer takes for a crash and keeps the input. */
#define fuzz_check(condition) \
  G_STMT_START \
  { \
    if (!(condition)) \
      { \
        fprintf (stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
        abort (); \
      } \
  } \
  G_STMT_END
