/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A field's value as it stands in a payload, before its type is asked. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef enum
{
  TIDE_RAW_MISSING,
  TIDE_RAW_NULL,
  TIDE_RAW_FALSE,
  TIDE_RAW_TRUE,
  TIDE_RAW_NUMBER, /* data: its text as written, well-formed JSON */
  TIDE_RAW_TEXT,   /* data: unescaped UTF-8 */
  TIDE_RAW_OBJECT,
  TIDE_RAW_ARRAY,
  TIDE_RAW_CELL,   /* data: of a CSV record, UTF-8; may stand for any type */
} TideRawKind;

/* data is borrowed from the payload or the reader, until the reader's next call. */
typedef struct
{
  TideRawKind kind;
  uint32_t len;
  const char *data;
} TideRaw;

G_END_DECLS
