/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How states are written: numbers as variable-length bytes, seven bits each, low ones first; doubles as their bits,
 * little-endian. There is one way to write a number, so that equal states are equal bytes: a longer spelling is
 * refused when read.
 */
#include "state-private.h"

void
tide_state_put_varint (GByteArray *bytes, uint64_t value)
{
  guint8 buffer[10];
  guint n = 0;

  for (; value >= 0x80; value >>= 7)
    buffer[n++] = (guint8) (value | 0x80);
  buffer[n++] = (guint8) value;
  g_byte_array_append (bytes, buffer, n);
}

void
tide_state_put_double (GByteArray *bytes, double value)
{
  uint64_t bits;

  memcpy (&bits, &value, sizeof bits);
  bits = GUINT64_TO_LE (bits);
  g_byte_array_append (bytes, (const guint8 *) &bits, sizeof bits);
}

bool
tide_state_get_byte (TideStateReader *reader, guint8 *ret_value)
{
  if (reader->at == reader->end)
    return false;
  *ret_value = *reader->at++;
  return true;
}

bool
tide_state_get_varint (TideStateReader *reader, uint64_t *ret_value)
{
  uint64_t value = 0;

  for (int shift = 0; shift < 64 && reader->at < reader->end; shift += 7)
    {
      guint8 byte = *reader->at++;

      if (shift == 63 && byte > 1)
        return false;
      value |= (uint64_t) (byte & 0x7f) << shift;
      if ((byte & 0x80) != 0)
        continue;
      if (byte == 0 && shift > 0)
        return false;
      *ret_value = value;
      return true;
    }
  return false;
}

bool
tide_state_get_double (TideStateReader *reader, double *ret_value)
{
  uint64_t bits;

  if ((gsize) (reader->end - reader->at) < sizeof bits)
    return false;
  memcpy (&bits, reader->at, sizeof bits);
  bits = GUINT64_FROM_LE (bits);
  memcpy (ret_value, &bits, sizeof bits);
  reader->at += sizeof bits;
  return true;
}

bool
tide_state_corrupt (GError **error, const char *what)
{
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_CORRUPT,
               "a stored state (%s) is damaged; rebuild the metric from its events", what);
  return false;
}
