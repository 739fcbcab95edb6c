/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A column of a block as bytes, and back. A blob is a head of 12 bytes (version, kind, flags, type, scale, a parameter,
 * rows), the bitmap of rows that are not null when there are some, the values of those rows packed, and XXH3-64 over all
 * of it. Numbers go through store-pack.h; reals too, when each is exactly a decimal of few places; texts are a dictionary
 * (numbered ones such as "O-7317885" as numbers) and codes. The decoder trusts nothing: a blob that is damaged, even
 * with a fitting checksum, gives FALSE and never reads beyond its bytes.
 * Limit: a dictionary of 512 MiB. */
#include "store-column.h"
#include "store-dictionary.h"
#include "store-pack.h"

#include <string.h>
#include <xxhash.h>

#define VERSION 1
#define HEAD 12
#define CHECKSUM 8
#define MAX_ROWS (16 * 1024 * 1024)

enum
{
  KIND_INTS = 1,
  KIND_REALS,    /* eight bytes each */
  KIND_DECIMALS, /* reals as whole numbers / 10^parameter */
  KIND_TEXT,
  KIND_ALIAS,    /* of the column with the id of the parameter */
};

enum
{
  FLAG_NULLS = 1,
  FLAG_IN_ORDER = 2, /* codes are 0, 1, 2, …, and not stored */
  FLAG_FRAMES = 4,   /* codes are packed as ints are: most texts come in order */
};

/* Times are mostly whole milliseconds or seconds: what they are stored in, by the parameter. */
static const int64_t time_units[] = { 1, 1000, 1000000 };
static const double powers[] = { 1, 10, 100, 1e3, 1e4, 1e5, 1e6 };

struct _TideColumnEncoder
{
  GByteArray *out;
  TideDictionaryEncoder *dictionary;
  GArray *ints;  /* int64_t: values that are not null */
  GArray *codes; /* uint32_t: likewise */
};

struct _TideColumnDecoder
{
  TideDictionaryDecoder *dictionary;
  int64_t *ints;
  double *reals;
  uint32_t *codes;
  uint64_t *valid;
  uint32_t room; /* rows that the arrays have room for */
};

TideColumnEncoder *
tide_column_encoder_new (void)
{
  TideColumnEncoder *encoder = g_new0 (TideColumnEncoder, 1);
  encoder->out = g_byte_array_new ();
  encoder->ints = g_array_new (FALSE, FALSE, sizeof (int64_t));
  encoder->codes = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  encoder->dictionary = tide_dictionary_encoder_new ();
  return encoder;
}

void
tide_column_encoder_free (TideColumnEncoder *encoder)
{
  if (encoder == NULL)
    return;
  g_byte_array_unref (encoder->out);
  g_array_unref (encoder->ints);
  g_array_unref (encoder->codes);
  tide_dictionary_encoder_free (encoder->dictionary);
  g_free (encoder);
}

static inline gsize
bitmap_bytes (uint32_t n)
{
  return ((gsize) n + 63) / 64 * 8;
}

static inline bool
bit_is_set (const uint64_t *bits, uint32_t row)
{
  return bits == NULL || (bits[row >> 6] >> (row & 63) & 1) != 0;
}

uint32_t
tide_column_count_nulls (const TideColumn *column, uint32_t n)
{
  if (column->type == TIDE_TYPE_NONE)
    return n;
  if (column->valid == NULL)
    return 0;
  uint32_t valid = 0, i = 0;
  for (; i + 64 <= n; i += 64)
    valid += (uint32_t) __builtin_popcountll (column->valid[i >> 6]);
  if (i < n)
    valid += (uint32_t) __builtin_popcountll (column->valid[i >> 6] & ((UINT64_C (1) << (n - i)) - 1));
  return n - valid;
}

/* --- encoding --- */

static void
write_head (TideColumnEncoder *encoder, int kind, int flags, const TideColumn *column, int parameter, uint32_t n)
{
  guint8 head[HEAD] = { VERSION, (guint8) kind, (guint8) flags, (guint8) column->type, (guint8) column->scale };
  head[6] = (guint8) parameter;
  head[7] = (guint8) (parameter >> 8);
  memcpy (head + 8, &n, sizeof n);
  g_byte_array_set_size (encoder->out, 0);
  g_byte_array_append (encoder->out, head, sizeof head);
}

static const GByteArray *
write_checksum (TideColumnEncoder *encoder)
{
  uint64_t sum = XXH3_64bits (encoder->out->data, encoder->out->len);
  return g_byte_array_append (encoder->out, (const guint8 *) &sum, sizeof sum);
}

/* The bitmap, with no bit set beyond the last row. */
static void
write_bitmap (TideColumnEncoder *encoder, const TideColumn *column, uint32_t n)
{
  guint at = encoder->out->len;
  g_byte_array_append (encoder->out, (const guint8 *) column->valid, (guint) bitmap_bytes (n));
  if (n % 64 != 0)
    {
      uint64_t last = column->valid[n / 64] & ((UINT64_C (1) << (n % 64)) - 1);
      memcpy (encoder->out->data + at + n / 64 * 8, &last, sizeof last);
    }
}

/* Values of the rows that are not null. */
static const int64_t *
dense_ints (TideColumnEncoder *encoder, const TideColumn *column, uint32_t n, uint32_t n_valid)
{
  if (n_valid == n)
    return column->ints;
  g_array_set_size (encoder->ints, n_valid);
  int64_t *to = (int64_t *) (void *) encoder->ints->data;
  for (uint32_t i = 0; i < n; i++)
    if (bit_is_set (column->valid, i))
      *to++ = column->ints[i];
  return (const int64_t *) (const void *) encoder->ints->data;
}

/* The largest unit of which all times are multiples. */
static int
find_time_unit (const int64_t *times, uint32_t n)
{
  int unit = (int) G_N_ELEMENTS (time_units) - 1;
  for (uint32_t i = 0; i < n && unit > 0; i++)
    while (unit > 0 && times[i] % time_units[unit] != 0)
      unit--;
  return unit;
}

static const GByteArray *
encode_ints (TideColumnEncoder *encoder, const TideColumn *column, uint32_t n, uint32_t n_valid, int flags)
{
  const int64_t *ints = dense_ints (encoder, column, n, n_valid);
  int unit = column->type == TIDE_TYPE_TIME ? find_time_unit (ints, n_valid) : 0;
  if (unit > 0)
    {
      g_array_set_size (encoder->ints, n_valid);
      int64_t *to = (int64_t *) (void *) encoder->ints->data, divisor = time_units[unit];
      for (uint32_t i = 0; i < n_valid; i++)
        to[i] = ints[i] / divisor;
      ints = to;
    }
  write_head (encoder, KIND_INTS, flags, column, unit, n);
  if (flags & FLAG_NULLS)
    write_bitmap (encoder, column, n);
  tide_pack_ints (encoder->out, ints, n_valid);
  return write_checksum (encoder);
}

/* The whole number that gives exactly @value back when divided by @power (so not for -0.0). */
static inline bool
scale_real (double value, double power, int64_t *ret_whole)
{
  /* Adding and taking away 1.5 * 2^52 rounds to a whole number, without a call, up to 2^51. */
  double scaled = value * power;
  if (!(__builtin_fabs (scaled) <= 2251799813685248.0))
    return false;
  int64_t whole = (int64_t) ((scaled + 6755399441055744.0) - 6755399441055744.0);
  double back = (double) whole / power;
  *ret_whole = whole;
  return memcmp (&back, &value, sizeof value) == 0;
}

/* The smallest power of ten with which each real is a whole number, exactly there and back; -1: none. */
static int
decimal_places (const TideColumn *column, uint32_t n, int64_t *ret_ints)
{
  unsigned places = 0;
  for (uint32_t i = 0; i < n; i++)
    {
      int64_t whole;
      while (bit_is_set (column->valid, i) && !scale_real (column->reals[i], powers[places], &whole))
        if (++places == G_N_ELEMENTS (powers))
          return -1;
    }
  uint32_t n_out = 0;
  for (uint32_t i = 0; i < n; i++)
    /* A value that fitted fewer places need not fit more of them. */
    if (bit_is_set (column->valid, i) && !scale_real (column->reals[i], powers[places], &ret_ints[n_out++]))
      return -1;
  return (int) places;
}

static const GByteArray *
encode_reals (TideColumnEncoder *encoder, const TideColumn *column, uint32_t n, uint32_t n_valid, int flags)
{
  g_array_set_size (encoder->ints, n_valid);
  int64_t *ints = (int64_t *) (void *) encoder->ints->data;
  int places = decimal_places (column, n, ints);
  write_head (encoder, places >= 0 ? KIND_DECIMALS : KIND_REALS, flags, column, MAX (places, 0), n);
  if (flags & FLAG_NULLS)
    write_bitmap (encoder, column, n);
  if (places >= 0)
    tide_pack_ints (encoder->out, ints, n_valid);
  else
    for (uint32_t i = 0; i < n; i++)
      if (bit_is_set (column->valid, i))
        g_byte_array_append (encoder->out, (const guint8 *) &column->reals[i], sizeof (double));
  return write_checksum (encoder);
}

/* Codes in the way that is smaller: all of one width, or in frames, which follow texts that mostly come in order.
 * Whether it was frames. */
static bool
pack_codes (TideColumnEncoder *encoder, const uint32_t *codes, uint32_t n, uint32_t n_dict)
{
  unsigned width = tide_pack_width (n_dict > 0 ? n_dict - 1 : 0);
  if (n_dict > n / 8)
    {
      guint at = encoder->out->len;
      g_array_set_size (encoder->ints, n);
      int64_t *ints = (int64_t *) (void *) encoder->ints->data;
      for (uint32_t i = 0; i < n; i++)
        ints[i] = codes[i];
      tide_pack_ints (encoder->out, ints, n);
      if (encoder->out->len - at < (gsize) n * width / 8)
        return true;
      g_byte_array_set_size (encoder->out, at);
    }
  tide_pack_codes (encoder->out, codes, n, width);
  return false;
}

static const GByteArray *
encode_text (TideColumnEncoder *encoder, const TideColumn *column, uint32_t n, uint32_t n_valid, int flags, int level)
{
  const uint32_t *codes = column->codes;
  if (n_valid < n)
    {
      g_array_set_size (encoder->codes, n_valid);
      uint32_t *to = (uint32_t *) (void *) encoder->codes->data;
      for (uint32_t i = 0; i < n; i++)
        if (bit_is_set (column->valid, i))
          *to++ = column->codes[i];
      codes = (const uint32_t *) (const void *) encoder->codes->data;
    }
  bool in_order = n_valid == column->n_dict;
  for (uint32_t i = 0; i < n_valid && in_order; i++)
    in_order = codes[i] == i;
  write_head (encoder, KIND_TEXT, flags | (in_order ? FLAG_IN_ORDER : 0), column, 0, n);
  if (flags & FLAG_NULLS)
    write_bitmap (encoder, column, n);
  tide_dictionary_encode (encoder->dictionary, column->dict, column->n_dict, level, encoder->out);
  if (!in_order && pack_codes (encoder, codes, n_valid, column->n_dict))
    encoder->out->data[2] |= FLAG_FRAMES;
  return write_checksum (encoder);
}

const GByteArray *
tide_column_encode (TideColumnEncoder *encoder, const TideColumn *column, uint32_t n, int level)
{
  g_assert (column->type != TIDE_TYPE_NONE);
  uint32_t n_valid = n - tide_column_count_nulls (column, n);
  int flags = n_valid < n ? FLAG_NULLS : 0;
  if (column->type == TIDE_TYPE_REAL)
    return encode_reals (encoder, column, n, n_valid, flags);
  if (column->type == TIDE_TYPE_TEXT)
    return encode_text (encoder, column, n, n_valid, flags, level);
  return encode_ints (encoder, column, n, n_valid, flags);
}

const GByteArray *
tide_column_encode_alias (TideColumnEncoder *encoder, const TideColumn *column, int id, uint32_t n)
{
  write_head (encoder, KIND_ALIAS, 0, column, id, n);
  return write_checksum (encoder);
}

/* --- decoding --- */

TideColumnDecoder *
tide_column_decoder_new (void)
{
  TideColumnDecoder *decoder = g_new0 (TideColumnDecoder, 1);
  decoder->dictionary = tide_dictionary_decoder_new ();
  return decoder;
}

void
tide_column_decoder_free (TideColumnDecoder *decoder)
{
  if (decoder == NULL)
    return;
  tide_dictionary_decoder_free (decoder->dictionary);
  g_free (decoder->ints);
  g_free (decoder->reals);
  g_free (decoder->codes);
  g_free (decoder->valid);
  g_free (decoder);
}

/* Room for n rows; arrays are made when a type first needs them. */
static void
decoder_reserve (TideColumnDecoder *decoder, uint32_t n)
{
  if (n <= decoder->room)
    return;
  g_clear_pointer (&decoder->ints, g_free);
  g_clear_pointer (&decoder->reals, g_free);
  g_clear_pointer (&decoder->codes, g_free);
  g_clear_pointer (&decoder->valid, g_free);
  decoder->room = (uint32_t) TIDE_PACK_ROOM (MAX (n, 1024));
}

/* Moves n_valid dense values to their rows; the other rows get zero. */
#define SPREAD(array, n, n_valid, valid)                                                                              \
  do                                                                                                                  \
    {                                                                                                                 \
      uint32_t left_ = (n_valid);                                                                                     \
      for (uint32_t i_ = (n); i_-- > 0;)                                                                              \
        (array)[i_] = bit_is_set (valid, i_) ? (array)[--left_] : 0;                                                  \
    }                                                                                                                 \
  while (0)

static bool
decode_ints (TideColumnDecoder *decoder, const guint8 *at, const guint8 *end, uint32_t n_valid)
{
  if (decoder->ints == NULL)
    decoder->ints = g_new (int64_t, decoder->room);
  return tide_unpack_ints (&at, end, decoder->ints, n_valid) && at == end;
}

static bool
decode_reals (TideColumnDecoder *decoder, const guint8 *at, const guint8 *end, uint32_t n, uint32_t n_valid, int kind,
              int places)
{
  if (decoder->reals == NULL)
    decoder->reals = g_new (double, decoder->room);
  if (kind == KIND_REALS)
    {
      if ((gsize) (end - at) != (gsize) n_valid * sizeof (double))
        return false;
      memcpy (decoder->reals, at, (gsize) n_valid * sizeof (double));
    }
  else
    {
      if (places < 0 || places >= (int) G_N_ELEMENTS (powers) || !decode_ints (decoder, at, end, n_valid))
        return false;
      for (uint32_t i = 0; i < n_valid; i++)
        decoder->reals[i] = (double) decoder->ints[i] / powers[places];
    }
  if (n_valid < n)
    SPREAD (decoder->reals, n, n_valid, decoder->valid);
  return true;
}

/* Codes as they were packed; FALSE when one names no text. */
static bool
decode_codes (TideColumnDecoder *decoder, const guint8 **at, const guint8 *end, uint32_t n, uint32_t n_dict,
              int flags)
{
  uint32_t beyond = 0, last = n_dict - 1;
  if (flags & FLAG_IN_ORDER)
    {
      for (uint32_t i = 0; i < n; i++)
        decoder->codes[i] = i;
      return n_dict == MAX (n, 1);
    }
  if (flags & FLAG_FRAMES)
    {
      uint64_t high = 0;
      if (decoder->ints == NULL)
        decoder->ints = g_new (int64_t, decoder->room);
      if (!tide_unpack_ints (at, end, decoder->ints, n))
        return false;
      for (uint32_t i = 0; i < n; i++)
        {
          high |= (uint64_t) decoder->ints[i];
          decoder->codes[i] = (uint32_t) decoder->ints[i];
        }
      if (high > G_MAXINT32)
        return false;
    }
  else if (!tide_unpack_codes (at, end, decoder->codes, n, tide_pack_width (last)))
    return false;
  /* Both are below 2^31: the difference has its highest bit set when the code is too large. */
  for (uint32_t i = 0; i < n; i++)
    beyond |= last - decoder->codes[i];
  return beyond >> 31 == 0;
}

static bool
decode_text (TideColumnDecoder *decoder, const guint8 *at, const guint8 *end, uint32_t n, uint32_t n_valid, int flags,
             TideColumn *column)
{
  if (decoder->codes == NULL)
    decoder->codes = g_new (uint32_t, decoder->room);
  if (!tide_dictionary_decode (decoder->dictionary, &at, end, &column->dict, &column->n_dict)
      || !decode_codes (decoder, &at, end, n_valid, column->n_dict, flags) || at != end)
    return false;
  if (n_valid < n)
    SPREAD (decoder->codes, n, n_valid, decoder->valid);
  return true;
}

/* Reads the bitmap; FALSE when it says nothing or too much. */
static bool
decode_bitmap (TideColumnDecoder *decoder, const guint8 **at, const guint8 *end, uint32_t n, uint32_t *ret_n_valid)
{
  gsize bytes = bitmap_bytes (n);
  if ((gsize) (end - *at) < bytes)
    return false;
  if (decoder->valid == NULL)
    decoder->valid = g_new (uint64_t, (gsize) decoder->room / 64 + 2);
  memcpy (decoder->valid, *at, bytes);
  *at += bytes;
  if (n % 64 != 0 && decoder->valid[n / 64] >> (n % 64) != 0)
    return false;
  uint32_t n_valid = 0;
  for (gsize i = 0; i < bytes / 8; i++)
    n_valid += (uint32_t) __builtin_popcountll (decoder->valid[i]);
  *ret_n_valid = n_valid;
  return true;
}

bool
tide_column_decode (TideColumnDecoder *decoder, const guint8 *blob, gsize len, uint32_t n, TideColumn *ret_column,
                     int *ret_alias)
{
  uint64_t sum;
  uint32_t rows;
  if (len < HEAD + CHECKSUM || n > MAX_ROWS)
    return false;
  const guint8 *end = blob + len - CHECKSUM, *at = blob + HEAD;
  memcpy (&sum, end, sizeof sum);
  memcpy (&rows, blob + 8, sizeof rows);
  if (XXH3_64bits (blob, len - CHECKSUM) != sum || blob[0] != VERSION || rows != n)
    return false;
  int kind = blob[1], flags = blob[2], parameter = blob[6] | blob[7] << 8;
  TideColumn column = { .type = (TideType) blob[3], .scale = blob[4] };
  if (column.type <= TIDE_TYPE_NONE || column.type > TIDE_TYPE_TIME || column.scale > 18)
    return false;
  if (kind == KIND_ALIAS)
    {
      *ret_alias = parameter;
      return at == end && parameter > 0;
    }
  uint32_t n_valid = n;
  decoder_reserve (decoder, n);
  if ((flags & FLAG_NULLS) && !decode_bitmap (decoder, &at, end, n, &n_valid))
    return false;
  bool ok = false;
  if (column.type == TIDE_TYPE_REAL)
    ok = (kind == KIND_REALS || kind == KIND_DECIMALS)
         && decode_reals (decoder, at, end, n, n_valid, kind, parameter);
  else if (column.type == TIDE_TYPE_TEXT)
    ok = kind == KIND_TEXT && decode_text (decoder, at, end, n, n_valid, flags, &column);
  else if (kind == KIND_INTS && parameter < (int) G_N_ELEMENTS (time_units) && decode_ints (decoder, at, end, n_valid))
    {
      const uint64_t unit = (uint64_t) time_units[parameter];
      for (uint32_t i = 0; i < n_valid && parameter > 0; i++)
        decoder->ints[i] = (int64_t) ((uint64_t) decoder->ints[i] * unit);
      if (n_valid < n)
        SPREAD (decoder->ints, n, n_valid, decoder->valid);
      ok = true;
    }
  if (!ok)
    return false;
  column.valid = flags & FLAG_NULLS ? decoder->valid : NULL;
  column.ints = decoder->ints;
  column.reals = decoder->reals;
  column.codes = decoder->codes;
  *ret_column = column;
  *ret_alias = 0;
  return true;
}
