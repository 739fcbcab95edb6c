/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bit packing of whole numbers. Values go in frames of 1,024, each packed in the way that is smallest for it: offsets
 * from its minimum, or steps, offset from the smallest when it never falls and zigzag when it does; values that need many more bits than the rest
 * (late events among event times) are kept aside as exceptions, as in PFOR (Zukowski et al., "Super-Scalar RAM-CPU
 * Cache Compression", ICDE 2006). Unpacking has a loop for each width, with constant shifts, so it runs at memory speed.
 * Limit: widths from 57 to 63 bits are stored as 64. */
#include "store-pack.h"

#include <string.h>

#define FRAME 1024
#define EXCEPTION_BYTES 10
#define WIDE 57 /* from here on 64 */

typedef enum
{
  FRAME_OFFSETS,
  FRAME_STEPS,
  FRAME_ZIGZAG,
  FRAME_MODES,
} FrameMode;

/* Frame: mode u8, width u8, exceptions u16, base i64, first i64 (not for offsets), packed groups, exception rows u16,
 * exception values u64. */

static inline uint64_t
load64 (const guint8 *from)
{
  uint64_t value;
  memcpy (&value, from, sizeof value);
  return value;
}

static inline unsigned
bits_of (uint64_t value)
{
  return value == 0 ? 0 : 64 - (unsigned) __builtin_clzll (value);
}

unsigned
tide_pack_width (uint32_t max)
{
  return bits_of (max);
}

/* --- packing --- */

/* Appends n values (a multiple of eight) of @width bits; higher bits are cut off. */
static void
pack_groups (GByteArray *out, const uint64_t *values, uint32_t n, unsigned width)
{
  guint at = out->len;
  g_byte_array_set_size (out, at + n / 8 * width);
  guint8 *to = out->data + at;
  if (width == 64)
    {
      memcpy (to, values, (gsize) n * 8);
      return;
    }
  if (width == 0)
    return;
  uint64_t mask = (UINT64_C (1) << width) - 1, word = 0;
  unsigned used = 0;
  for (uint32_t i = 0; i < n; i++)
    {
      uint64_t value = values[i] & mask;
      word |= value << used;
      used += width;
      if (used >= 64)
        {
          memcpy (to, &word, 8);
          to += 8;
          used -= 64;
          word = used > 0 ? value >> (width - used) : 0;
        }
    }
  memcpy (to, &word, used / 8);
}

/* The width at which bits and exceptions take the fewest bytes. */
static unsigned
choose_width (const uint64_t *values, uint32_t n, gsize *ret_bytes)
{
  /* Four, since neighbours are mostly of one width and each increment would wait for the one before. */
  uint16_t histograms[4][65] = { 0 };
  uint32_t row = 0;
  for (; row + 4 <= n; row += 4)
    for (unsigned j = 0; j < 4; j++)
      histograms[j][bits_of (values[row + j])]++;
  for (; row < n; row++)
    histograms[0][bits_of (values[row])]++;
  unsigned best = 64;
  gsize best_bytes = (gsize) TIDE_PACK_ROOM (n) * 8;
  uint32_t above = 0;
  for (unsigned i = 64; i-- > 0;)
    {
      above += (uint32_t) histograms[0][i + 1] + histograms[1][i + 1] + histograms[2][i + 1] + histograms[3][i + 1];
      gsize bytes = TIDE_PACK_ROOM (n) / 8 * i + (gsize) above * EXCEPTION_BYTES;
      if (i < WIDE && bytes < best_bytes)
        {
          best = i;
          best_bytes = bytes;
        }
    }
  *ret_bytes = best_bytes;
  return best;
}

static void
append_u64 (GByteArray *out, uint64_t value)
{
  g_byte_array_append (out, (const guint8 *) &value, 8);
}

static void
write_frame (GByteArray *out, FrameMode mode, int64_t base, int64_t first, uint64_t *values, uint32_t n,
             unsigned width)
{
  uint16_t rows[FRAME], n_rows = 0;
  if (width < 64)
    for (uint32_t i = 0; i < n; i++)
      if (values[i] >> width != 0)
        rows[n_rows++] = (uint16_t) i;
  guint8 head[4] = { (guint8) mode, (guint8) width, (guint8) n_rows, (guint8) (n_rows >> 8) };
  g_byte_array_append (out, head, sizeof head);
  append_u64 (out, (uint64_t) base);
  if (mode != FRAME_OFFSETS)
    append_u64 (out, (uint64_t) first);
  memset (values + n, 0, (TIDE_PACK_ROOM (n) - n) * 8);
  pack_groups (out, values, (uint32_t) TIDE_PACK_ROOM (n), width);
  g_byte_array_append (out, (const guint8 *) rows, n_rows * 2u);
  for (uint32_t i = 0; i < n_rows; i++)
    append_u64 (out, values[rows[i]]);
}

static void
pack_frame (GByteArray *out, const int64_t *v, uint32_t n)
{
  uint64_t offsets[FRAME], steps[FRAME];
  int64_t min = v[0], max = v[0];
  for (uint32_t i = 1; i < n; i++)
    {
      min = MIN (min, v[i]);
      max = MAX (max, v[i]);
    }
  for (uint32_t i = 0; i < n; i++)
    offsets[i] = (uint64_t) v[i] - (uint64_t) min;
  if (min == max || n < 3)
    {
      gsize ignored;
      write_frame (out, FRAME_OFFSETS, min, 0, offsets, n, choose_width (offsets, n, &ignored));
      return;
    }
  /* Differences wrap around in 64 bits, and back when they are summed. */
  int64_t step_min = INT64_MAX;
  for (uint32_t i = 1; i < n; i++)
    {
      steps[i] = (uint64_t) v[i] - (uint64_t) v[i - 1];
      step_min = MIN (step_min, (int64_t) steps[i]);
    }
  FrameMode mode = step_min >= 0 ? FRAME_STEPS : FRAME_ZIGZAG;
  steps[0] = 0;
  if (mode == FRAME_STEPS)
    for (uint32_t i = 1; i < n; i++)
      steps[i] -= (uint64_t) step_min;
  else
    for (uint32_t i = 1; i < n; i++)
      steps[i] = steps[i] << 1 ^ (uint64_t) ((int64_t) steps[i] >> 63);
  gsize offsets_bytes, steps_bytes;
  unsigned offsets_width = choose_width (offsets, n, &offsets_bytes);
  unsigned steps_width = choose_width (steps, n, &steps_bytes);
  if (offsets_bytes <= steps_bytes + 8)
    write_frame (out, FRAME_OFFSETS, min, 0, offsets, n, offsets_width);
  else
    write_frame (out, mode, mode == FRAME_STEPS ? step_min : 0, v[0], steps, n, steps_width);
}

void
tide_pack_ints (GByteArray *out, const int64_t *values, uint32_t n)
{
  for (uint32_t i = 0; i < n; i += FRAME)
    pack_frame (out, values + i, MIN (n - i, FRAME));
}

void
tide_pack_codes (GByteArray *out, const uint32_t *values, uint32_t n, unsigned width)
{
  uint64_t wide[FRAME];
  for (uint32_t i = 0; i < n; i += FRAME)
    {
      uint32_t len = MIN (n - i, FRAME);
      for (uint32_t j = 0; j < len; j++)
        wide[j] = values[i + j];
      memset (wide + len, 0, (TIDE_PACK_ROOM (len) - len) * 8);
      pack_groups (out, wide, (uint32_t) TIDE_PACK_ROOM (len), width);
    }
}

/* --- unpacking --- */

#define MASK(w) ((UINT64_C (1) << (w)) - 1)
/* TYPE, base, from, to and groups are the function's. */
#define UNPACK(w)                                                                                                     \
  case (w):                                                                                                           \
    for (uint32_t g = 0; g < groups; g++, from += (w), to += 8)                                                       \
      {                                                                                                               \
        _Pragma ("GCC unroll 8") for (unsigned j = 0; j < 8; j++) to[j]                                               \
          = (TYPE) (base + (load64 (from + (j * (w) >> 3)) >> (j * (w) & 7) & MASK (w)));                             \
      }                                                                                                               \
    break;
#define UNPACK4(w) UNPACK (w) UNPACK ((w) + 1) UNPACK ((w) + 2) UNPACK ((w) + 3)
#define UNPACK8(w) UNPACK4 (w) UNPACK4 ((w) + 4)

#define TYPE int64_t
static void
unpack_groups (const guint8 *from, int64_t *to, uint32_t groups, unsigned width, uint64_t base)
{
  switch (width)
    {
    case 0:
      for (uint32_t i = 0; i < groups * 8; i++)
        to[i] = (int64_t) base;
      break;
      UNPACK (1) UNPACK (2) UNPACK (3) UNPACK4 (4)
      UNPACK8 (8) UNPACK8 (16) UNPACK8 (24) UNPACK8 (32) UNPACK8 (40) UNPACK8 (48) UNPACK (56)
    default:
      for (uint32_t i = 0; i < groups * 8; i++)
        to[i] = (int64_t) (base + load64 (from + (gsize) i * 8));
      break;
    }
}
#undef TYPE

#define TYPE uint32_t
static void
unpack_codes (const guint8 *from, uint32_t *to, uint32_t groups, unsigned width)
{
  const uint64_t base = 0;
  switch (width)
    {
    case 0:
      memset (to, 0, (gsize) groups * 32);
      break;
      UNPACK (1) UNPACK (2) UNPACK (3) UNPACK4 (4)
      UNPACK8 (8) UNPACK8 (16) UNPACK8 (24) UNPACK (32)
    default:
      g_assert_not_reached ();
    }
}
#undef TYPE

static void
unpack_steps (int64_t *out, uint32_t n, FrameMode mode, int64_t first)
{
  uint64_t sum = (uint64_t) first;
  out[0] = first;
  if (mode == FRAME_STEPS)
    for (uint32_t i = 1; i < n; i++)
      out[i] = (int64_t) (sum += (uint64_t) out[i]);
  else
    for (uint32_t i = 1; i < n; i++)
      {
        uint64_t z = (uint64_t) out[i];
        out[i] = (int64_t) (sum += z >> 1 ^ (0 - (z & 1)));
      }
}

static bool
unpack_frame (const guint8 **cursor, const guint8 *end, int64_t *out, uint32_t n)
{
  const guint8 *at = *cursor;
  if (end - at < 12)
    return false;
  unsigned mode = at[0], width = at[1], n_rows = at[2] | (unsigned) at[3] << 8;
  if (mode >= FRAME_MODES || (width >= WIDE && width != 64) || n_rows > n)
    return false;
  uint64_t base = load64 (at + 4), first = 0;
  at += 12;
  gsize packed = TIDE_PACK_ROOM (n) / 8 * width;
  gsize need = (mode != FRAME_OFFSETS ? 8 : 0) + packed + (gsize) n_rows * EXCEPTION_BYTES;
  if ((gsize) (end - at) < need)
    return false;
  if (mode != FRAME_OFFSETS)
    {
      first = load64 (at);
      at += 8;
    }
  unpack_groups (at, out, (uint32_t) TIDE_PACK_ROOM (n) / 8, width, base);
  at += packed;
  const guint8 *values = at + n_rows * 2u;
  for (unsigned i = 0; i < n_rows; i++)
    {
      unsigned row = at[2 * i] | (unsigned) at[2 * i + 1] << 8;
      if (row >= n)
        return false;
      out[row] = (int64_t) (base + load64 (values + 8 * i));
    }
  if (mode != FRAME_OFFSETS)
    unpack_steps (out, n, (FrameMode) mode, (int64_t) first);
  *cursor = values + 8 * n_rows;
  return true;
}

bool
tide_unpack_ints (const guint8 **cursor, const guint8 *end, int64_t *out, uint32_t n)
{
  for (uint32_t i = 0; i < n; i += FRAME)
    if (!unpack_frame (cursor, end, out + i, MIN (n - i, FRAME)))
      return false;
  return true;
}

bool
tide_unpack_codes (const guint8 **cursor, const guint8 *end, uint32_t *out, uint32_t n, unsigned width)
{
  gsize bytes = TIDE_PACK_ROOM (n) / 8 * (gsize) width;
  if (width > 32 || (gsize) (end - *cursor) < bytes)
    return false;
  unpack_codes (*cursor, out, (uint32_t) (TIDE_PACK_ROOM (n) / 8), width);
  *cursor += bytes;
  return true;
}
