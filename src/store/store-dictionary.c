/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The distinct texts of a column as bytes, in one of two forms. Numbered texts, all with one prefix and digits after it
 * ("O-7317885"), are the prefix and packed numbers: ids mostly grow, so they cost a byte or two each. Others are their
 * packed lengths and all their bytes in a row, through zstd when that pays.
 * Limit: MAX_BYTES of texts in one column of one block; a block's weight keeps it far below. */
#include "store-dictionary.h"
#include "store-pack.h"

#include <string.h>
#include <zstd.h>

#define MAX_BYTES (512u * 1024 * 1024)
#define COMPRESS_FROM 128 /* bytes under which zstd can't pay */
#define NUMBERED_FROM 4   /* texts under which numbers can't pay */
#define MAX_DIGITS 18

enum
{
  FORM_PLAIN,      /* width u8, reserved u16, n, bytes, lengths packed, bytes */
  FORM_COMPRESSED, /* the same with the compressed size before the bytes */
  FORM_NUMBERED,   /* digits u8 (0: no leading zeros), prefix length u16, n, 0, prefix, numbers packed */
};
#define HEAD 12 /* form u8, parameter u8, prefix u16, n u32, bytes u32 */

struct _TideDictionaryEncoder
{
  ZSTD_CCtx *zstd;
  GByteArray *bytes;
  GArray *lengths; /* uint32_t */
  GArray *numbers; /* int64_t */
};

struct _TideDictionaryDecoder
{
  ZSTD_DCtx *zstd;
  char *bytes;
  gsize room;
  TideText *texts;
  uint32_t *lengths;
  int64_t *numbers;
  uint32_t n_room;
};

TideDictionaryEncoder *
tide_dictionary_encoder_new (void)
{
  TideDictionaryEncoder *encoder = g_new0 (TideDictionaryEncoder, 1);
  encoder->zstd = ZSTD_createCCtx ();
  encoder->bytes = g_byte_array_new ();
  encoder->lengths = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  encoder->numbers = g_array_new (FALSE, FALSE, sizeof (int64_t));
  return encoder;
}

void
tide_dictionary_encoder_free (TideDictionaryEncoder *encoder)
{
  if (encoder == NULL)
    return;
  ZSTD_freeCCtx (encoder->zstd);
  g_byte_array_unref (encoder->bytes);
  g_array_unref (encoder->lengths);
  g_array_unref (encoder->numbers);
  g_free (encoder);
}

static void
write_head (GByteArray *out, int form, unsigned parameter, uint32_t prefix, uint32_t n, uint32_t bytes)
{
  guint8 head[HEAD] = { (guint8) form, (guint8) parameter, (guint8) prefix, (guint8) (prefix >> 8) };
  memcpy (head + 4, &n, sizeof n);
  memcpy (head + 8, &bytes, sizeof bytes);
  g_byte_array_append (out, head, sizeof head);
}

/* --- numbered texts --- */

static inline bool
is_digit (char c)
{
  return c >= '0' && c <= '9';
}

/* Length of what all texts begin with, without digits at its end. */
static uint32_t
common_prefix (const TideText *dict, uint32_t n)
{
  uint32_t len = dict[0].len;
  for (uint32_t i = 1; i < n && len > 0; i++)
    {
      uint32_t same = 0, max = MIN (len, dict[i].len);
      while (same < max && dict[i].data[same] == dict[0].data[same])
        same++;
      len = same;
    }
  while (len > 0 && is_digit (dict[0].data[len - 1]))
    len--;
  return len;
}

static bool
encode_numbered (TideDictionaryEncoder *encoder, const TideText *dict, uint32_t n, GByteArray *out)
{
  if (n < NUMBERED_FROM)
    return false;
  uint32_t prefix = common_prefix (dict, n), digits = dict[0].len - prefix;
  bool zeros = false;
  if (prefix > G_MAXUINT16)
    return false;
  g_array_set_size (encoder->numbers, n);
  for (uint32_t i = 0; i < n; i++)
    {
      const char *text = dict[i].data + prefix;
      uint32_t len = dict[i].len - prefix;
      int64_t number = 0;
      if (len == 0 || len > MAX_DIGITS)
        return false;
      for (uint32_t j = 0; j < len; j++)
        {
          if (!is_digit (text[j]))
            return false;
          number = number * 10 + (text[j] - '0');
        }
      digits = len == digits ? digits : 0; /* 0: they differ, and stays */
      zeros |= text[0] == '0' && len > 1;
      g_array_index (encoder->numbers, int64_t, i) = number;
    }
  if (zeros && digits == 0)
    return false;
  write_head (out, FORM_NUMBERED, zeros ? digits : 0, prefix, n, 0);
  g_byte_array_append (out, (const guint8 *) dict[0].data, prefix);
  tide_pack_ints (out, (const int64_t *) (const void *) encoder->numbers->data, n);
  return true;
}

/* --- any texts --- */

static void
append_bytes (TideDictionaryEncoder *encoder, GByteArray *out, guint head_at, int level)
{
  const GByteArray *bytes = encoder->bytes;
  if (bytes->len < COMPRESS_FROM)
    {
      g_byte_array_append (out, bytes->data, bytes->len);
      return;
    }
  guint at = out->len;
  gsize bound = ZSTD_compressBound (bytes->len);
  g_byte_array_set_size (out, (guint) (at + 4 + bound));
  gsize stored = ZSTD_compressCCtx (encoder->zstd, out->data + at + 4, bound, bytes->data, bytes->len, level);
  if (ZSTD_isError (stored) || stored + 4 > bytes->len - bytes->len / 16)
    {
      g_byte_array_set_size (out, at);
      g_byte_array_append (out, bytes->data, bytes->len);
      return;
    }
  uint32_t len = (uint32_t) stored;
  memcpy (out->data + at, &len, sizeof len);
  g_byte_array_set_size (out, (guint) (at + 4 + stored));
  out->data[head_at] = FORM_COMPRESSED;
}

void
tide_dictionary_encode (TideDictionaryEncoder *encoder, const TideText *dict, uint32_t n, int level, GByteArray *out)
{
  if (encode_numbered (encoder, dict, n, out))
    return;
  uint32_t longest = 0;
  g_byte_array_set_size (encoder->bytes, 0);
  g_array_set_size (encoder->lengths, n);
  for (uint32_t i = 0; i < n; i++)
    {
      g_array_index (encoder->lengths, uint32_t, i) = dict[i].len;
      longest = MAX (longest, dict[i].len);
      g_byte_array_append (encoder->bytes, (const guint8 *) dict[i].data, dict[i].len);
    }
  guint head_at = out->len;
  unsigned width = tide_pack_width (longest);
  write_head (out, FORM_PLAIN, width, 0, n, encoder->bytes->len);
  tide_pack_codes (out, (const uint32_t *) (const void *) encoder->lengths->data, n, width);
  append_bytes (encoder, out, head_at, level);
}

/* --- decoding --- */

TideDictionaryDecoder *
tide_dictionary_decoder_new (void)
{
  TideDictionaryDecoder *decoder = g_new0 (TideDictionaryDecoder, 1);
  decoder->zstd = ZSTD_createDCtx ();
  return decoder;
}

void
tide_dictionary_decoder_free (TideDictionaryDecoder *decoder)
{
  if (decoder == NULL)
    return;
  ZSTD_freeDCtx (decoder->zstd);
  g_free (decoder->bytes);
  g_free (decoder->texts);
  g_free (decoder->lengths);
  g_free (decoder->numbers);
  g_free (decoder);
}

static bool
decoder_reserve (TideDictionaryDecoder *decoder, uint32_t n, gsize bytes)
{
  if (n >= decoder->n_room || decoder->texts == NULL)
    {
      gsize room = TIDE_PACK_ROOM (MAX (n, 64)) + 8;
      g_clear_pointer (&decoder->texts, g_free);
      g_clear_pointer (&decoder->lengths, g_free);
      g_clear_pointer (&decoder->numbers, g_free);
      decoder->texts = g_try_new0 (TideText, room);
      decoder->lengths = g_try_new (uint32_t, room);
      decoder->numbers = g_try_new (int64_t, room);
      decoder->n_room = (uint32_t) room - 8;
      if (decoder->texts == NULL || decoder->lengths == NULL || decoder->numbers == NULL)
        return false;
    }
  if (bytes >= decoder->room || decoder->bytes == NULL)
    {
      g_free (decoder->bytes);
      decoder->room = bytes + 64;
      decoder->bytes = g_try_malloc (decoder->room);
    }
  return decoder->bytes != NULL;
}

static bool
decode_numbered (TideDictionaryDecoder *decoder, const guint8 **cursor, const guint8 *end, uint32_t n,
                 unsigned digits, uint32_t prefix)
{
  const guint8 *at = *cursor;
  if (digits > MAX_DIGITS || (gsize) (end - at) < prefix
      /* A frame of 1,024 numbers takes 12 bytes at least. */
      || ((gsize) n + 1023) / 1024 * 12 > (gsize) (end - at)
      || (gsize) n * (prefix + MAX_DIGITS + 1) > MAX_BYTES
      || !decoder_reserve (decoder, n, (gsize) n * (prefix + MAX_DIGITS + 1)))
    return false;
  const char *start = (const char *) at;
  at += prefix;
  if (!tide_unpack_ints (&at, end, decoder->numbers, n))
    return false;
  char *to = decoder->bytes;
  for (uint32_t i = 0; i < n; i++)
    {
      char text[24];
      unsigned len = 0;
      uint64_t number = (uint64_t) decoder->numbers[i];
      if (number >= UINT64_C (1000000000000000000))
        return false;
      do
        text[sizeof text - ++len] = (char) ('0' + number % 10);
      while ((number /= 10) > 0);
      while (len < digits)
        text[sizeof text - ++len] = '0';
      decoder->texts[i] = (TideText){ to, prefix + len };
      memcpy (to, start, prefix);
      memcpy (to + prefix, text + sizeof text - len, len);
      to += prefix + len;
    }
  *cursor = at;
  return true;
}

static bool
decode_bytes (TideDictionaryDecoder *decoder, const guint8 **cursor, const guint8 *end, bool compressed, uint32_t len)
{
  const guint8 *at = *cursor;
  if (!compressed)
    {
      if ((gsize) (end - at) < len)
        return false;
      memcpy (decoder->bytes, at, len);
      *cursor = at + len;
      return true;
    }
  uint32_t stored;
  if (end - at < 4)
    return false;
  memcpy (&stored, at, sizeof stored);
  at += 4;
  if ((gsize) (end - at) < stored || ZSTD_getFrameContentSize (at, stored) != len
      || ZSTD_decompressDCtx (decoder->zstd, decoder->bytes, len, at, stored) != len)
    return false;
  *cursor = at + stored;
  return true;
}

static bool
decode_texts (TideDictionaryDecoder *decoder, const guint8 **cursor, const guint8 *end, uint32_t n, unsigned width,
              bool compressed, uint32_t bytes)
{
  /* What lengths and bytes take at least, before anything is allocated for them; of distinct texts one may be empty. */
  if (width > 32 || TIDE_PACK_ROOM (n) / 8 * (gsize) width > (gsize) (end - *cursor) || bytes > MAX_BYTES
      || (n > 1 && bytes == 0) || (width == 0 && bytes != 0) || (!compressed && bytes > (gsize) (end - *cursor))
      || !decoder_reserve (decoder, n, bytes)
      || !tide_unpack_codes (cursor, end, decoder->lengths, n, width))
    return false;
  uint64_t total = 0;
  for (uint32_t i = 0; i < n; i++)
    total += decoder->lengths[i];
  if (total != bytes || !decode_bytes (decoder, cursor, end, compressed, bytes))
    return false;
  const char *at = decoder->bytes;
  for (uint32_t i = 0; i < n; i++)
    {
      decoder->texts[i] = (TideText){ at, decoder->lengths[i] };
      at += decoder->lengths[i];
    }
  return true;
}

bool
tide_dictionary_decode (TideDictionaryDecoder *decoder, const guint8 **cursor, const guint8 *end,
                        const TideText **ret_dict, uint32_t *ret_n)
{
  const guint8 *head = *cursor;
  uint32_t n, bytes;
  if (end - head < HEAD)
    return false;
  memcpy (&n, head + 4, sizeof n);
  memcpy (&bytes, head + 8, sizeof bytes);
  *cursor += HEAD;
  bool ok = false;
  if (n > MAX_BYTES / 16)
    return false;
  if (head[0] == FORM_NUMBERED)
    ok = decode_numbered (decoder, cursor, end, n, head[1], head[2] | (uint32_t) head[3] << 8);
  else if (head[0] <= FORM_COMPRESSED)
    ok = decode_texts (decoder, cursor, end, n, head[1], head[0] == FORM_COMPRESSED, bytes);
  if (!ok)
    return false;
  if (n == 0) /* a column that is all null still gets a text that its codes can name */
    {
      decoder->bytes[0] = '\0';
      decoder->texts[0] = (TideText){ decoder->bytes, 0 };
    }
  *ret_dict = decoder->texts;
  *ret_n = MAX (n, 1);
  return true;
}
