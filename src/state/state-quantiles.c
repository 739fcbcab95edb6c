/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * DDSketch. A value's bin is the logarithm of its magnitude, here a cubic in the mantissa beside the exponent, which
 * is exact at powers of two and rises everywhere at 0.99 of the logarithm's slope or faster: for 1 % more bins the
 * 1 % holds without a call of log(). When bins would span more than 2,048, the lowest are one bin: which they are
 * depends on the largest value alone, so neither the order of values nor that of merges leaves a trace.
 * Limit: below a 10^17th of the largest value quantiles are not within 1 %.
 */
#include "state-private.h"

#include <float.h>
#include <math.h>

#define VERSION 1
#define MAX_BINS 2048u
#define FIRST_BINS 64u

/* A little under 1 %, so that rounding can't take it over. */
#define ALPHA 0.00999
/* ln ((1 + α) / (1 − α)) = 2 artanh α, of which these terms are exact to 17 digits. */
#define LN_GAMMA (2 * (ALPHA + ALPHA * ALPHA * ALPHA / 3 + ALPHA * ALPHA * ALPHA * ALPHA * ALPHA / 5))
/* The cubic of DataDog's sketches-java: 0 at 0, 1 at 1, and its slope over that of ln is 10/7 or more. */
#define CUBIC_A (6.0 / 35)
#define CUBIC_B (-3.0 / 5)
#define CUBIC_C (10.0 / 7)
#define BINS_PER_OCTAVE (0.7 / LN_GAMMA)
/* Makes the index of the smallest double positive. */
#define EXPONENT_BIAS 1100

static inline uint32_t
index_of (double magnitude)
{
  const uint64_t fraction_mask = (UINT64_C (1) << 52) - 1;
  uint64_t bits, fraction_bits;
  int exponent = EXPONENT_BIAS - 1023;
  double fraction;

  memcpy (&bits, &magnitude, sizeof bits);
  if (G_UNLIKELY (bits <= fraction_mask))
    {
      /* Subnormal. */
      magnitude *= 0x1p54;
      memcpy (&bits, &magnitude, sizeof bits);
      exponent -= 54;
    }
  exponent += (int) (bits >> 52);
  fraction_bits = (bits & fraction_mask) | UINT64_C (1023) << 52;
  memcpy (&fraction, &fraction_bits, sizeof fraction);
  fraction -= 1;
  return (uint32_t) (int32_t) (BINS_PER_OCTAVE
                               * (((CUBIC_A * fraction + CUBIC_B) * fraction + CUBIC_C) * fraction + exponent));
}

uint32_t
tide_quantiles_index (double magnitude)
{
  return index_of (magnitude);
}

/* Where a bin begins; infinite past the largest double. */
static double
lower_bound (uint32_t index)
{
  double position = index / BINS_PER_OCTAVE;
  double exponent = floor (position);
  double low = 0, high = 1;

  position -= exponent;
  for (int i = 0; i < 54; i++)
    {
      double middle = (low + high) / 2;

      if (((CUBIC_A * middle + CUBIC_B) * middle + CUBIC_C) * middle < position)
        low = middle;
      else
        high = middle;
    }
  return ldexp (1 + high, (int) exponent - EXPONENT_BIAS);
}

/* As far, relatively, from one end of the bin as from the other. */
double
tide_quantiles_value (uint32_t index)
{
  double low = lower_bound (index), high = lower_bound (index + 1);

  if (!isfinite (high))
    high = DBL_MAX;
  if (low == 0)
    low = DBL_TRUE_MIN;
  return low / (0.5 + 0.5 * (low / high));
}

static inline uint64_t
get_count (const struct TideBins *bins, uint32_t at)
{
  switch (bins->shift)
    {
    case 0:
      return ((const uint8_t *) bins->counts)[at];
    case 1:
      return ((const uint16_t *) bins->counts)[at];
    case 2:
      return ((const uint32_t *) bins->counts)[at];
    default:
      return ((const uint64_t *) bins->counts)[at];
    }
}

static inline void
put_count (struct TideBins *bins, uint32_t at, uint64_t count)
{
  switch (bins->shift)
    {
    case 0:
      ((uint8_t *) bins->counts)[at] = (uint8_t) count;
      break;
    case 1:
      ((uint16_t *) bins->counts)[at] = (uint16_t) count;
      break;
    case 2:
      ((uint32_t *) bins->counts)[at] = (uint32_t) count;
      break;
    default:
      ((uint64_t *) bins->counts)[at] = count;
      break;
    }
}

static uint8_t
shift_for (uint64_t count)
{
  return count <= UINT8_MAX ? 0 : count <= UINT16_MAX ? 1 : count <= UINT32_MAX ? 2 : 3;
}

static gsize
bins_bytes (const struct TideBins *bins)
{
  return (gsize) bins->n << bins->shift;
}

/* Highest bin that counts something; there is one. */
static uint32_t
highest (const struct TideBins *bins)
{
  uint32_t at = bins->n - 1u;

  while (at > 0 && get_count (bins, at) == 0)
    at--;
  return bins->first + at;
}

/* Makes room for n bins from @first; what is below goes into the first. Nothing that counts is above. */
static void
rebuild (struct TideBins *bins, uint32_t first, uint32_t n, uint8_t shift)
{
  struct TideBins old = *bins;
  uint32_t from = first > old.first ? first - old.first : 0; /* the first bin that is not below */
  uint64_t collapsed = 0;

  for (uint32_t at = 0; at < MIN (from, old.n); at++)
    collapsed += get_count (&old, at);
  if (collapsed > 0 && from < old.n)
    collapsed += get_count (&old, from);
  bins->shift = MAX (shift, shift_for (collapsed));
  bins->first = first;
  bins->n = (uint16_t) n;
  bins->counts = g_malloc0 (bins_bytes (bins));
  if (from < old.n)
    {
      uint32_t to = old.first + from - first;
      uint32_t kept = MIN (old.n - from, n - to);

      if (bins->shift == old.shift)
        memcpy ((guint8 *) bins->counts + ((gsize) to << bins->shift),
                (const guint8 *) old.counts + ((gsize) from << bins->shift), (gsize) kept << bins->shift);
      else
        for (uint32_t i = 0; i < kept; i++)
          put_count (bins, to + i, get_count (&old, from + i));
    }
  if (collapsed > 0)
    put_count (bins, 0, collapsed);
  g_free (old.counts);
}

/* Makes room for a bin outside of what there is room for; returns the bin that takes its values. Room never shrinks,
 * and never spans more than MAX_BINS up to its top, so whatever has room is above the lowest bin or is it. */
static uint32_t
make_room (struct TideBins *bins, uint32_t index)
{
  uint32_t top = bins->first + bins->n - 1u;
  uint32_t span, lowest;

  if (bins->n == 0)
    {
      rebuild (bins, index - MIN (index, FIRST_BINS / 2), FIRST_BINS, 0);
      return index;
    }
  if (index > top)
    {
      span = index - bins->first + 1;
      if (span > MAX_BINS)
        rebuild (bins, index - (MAX_BINS - 1), MAX_BINS, bins->shift);
      else
        rebuild (bins, bins->first, MIN (span + MAX (span, FIRST_BINS), MAX_BINS), bins->shift);
      return index;
    }
  span = top - index + 1;
  if (span <= MAX_BINS)
    {
      span = MIN (MIN (span + MAX (span, FIRST_BINS), MAX_BINS), top + 1);
      rebuild (bins, top + 1 - span, span, bins->shift);
      return index;
    }
  /* Room above the largest value is given up for room below. */
  top = highest (bins);
  lowest = top < MAX_BINS ? 0 : top - (MAX_BINS - 1);
  if (bins->first != lowest)
    rebuild (bins, lowest, MAX_BINS, bins->shift);
  return MAX (index, lowest);
}

static gsize
bins_add_slow (struct TideBins *bins, uint32_t index, uint64_t count)
{
  gsize before = bins_bytes (bins);
  uint64_t sum;

  if (index - bins->first >= bins->n)
    index = make_room (bins, index);
  sum = get_count (bins, index - bins->first) + count;
  if (shift_for (sum) > bins->shift)
    rebuild (bins, bins->first, bins->n, shift_for (sum));
  put_count (bins, index - bins->first, sum);
  return bins_bytes (bins) - before;
}

static inline gsize
bins_add (struct TideBins *bins, uint32_t index, uint64_t count)
{
  uint32_t at = index - bins->first;

  if (G_LIKELY (at < bins->n))
    {
      uint64_t sum = get_count (bins, at) + count;

      if (G_LIKELY (bins->shift == 3 || sum >> (8 << bins->shift) == 0))
        {
          put_count (bins, at, sum);
          return 0;
        }
    }
  return bins_add_slow (bins, index, count);
}

static inline gsize
add (TideQuantiles *sketch, double value, uint64_t count)
{
  value += 0.0;
  if (sketch->count == 0)
    sketch->min = sketch->max = value;
  sketch->min = MIN (sketch->min, value);
  sketch->max = MAX (sketch->max, value);
  sketch->count += count;
  if (value > 0)
    return bins_add (&sketch->positive, index_of (value), count);
  if (value < 0)
    return bins_add (&sketch->negative, index_of (-value), count);
  sketch->zeros += count;
  return 0;
}

/**
 * tide_quantiles_add:
 * @value: finite
 * @count: how often it was seen
 *
 * Returns: the bytes by which the sketch grew
 */
gsize
tide_quantiles_add (TideQuantiles *sketch, double value, uint64_t count)
{
  return count == 0 ? 0 : add (sketch, value, count);
}

gsize
tide_quantiles_add_many (TideQuantiles *sketches, const double *values, const uint32_t *slots, uint32_t n)
{
  const uint32_t far = 16, near = 8;
  gsize grown = 0;

  for (uint32_t i = 0; i < n; i++)
    {
      /* First the sketch is fetched, then, by its pointer, the bin. */
      if (i + far < n)
        __builtin_prefetch (&sketches[slots[i + far]], 1);
      if (i + near < n && values[i + near] > 0)
        {
          const struct TideBins *bins = &sketches[slots[i + near]].positive;
          uint32_t at = index_of (values[i + near]) - bins->first;

          if (at < bins->n)
            __builtin_prefetch ((const guint8 *) bins->counts + ((gsize) at << bins->shift), 1);
        }
      grown += add (&sketches[slots[i]], values[i], 1);
    }
  return grown;
}

static gsize
merge_bins (struct TideBins *bins, const struct TideBins *other)
{
  gsize grown;
  uint32_t low = 0, high;

  if (other->n == 0)
    return 0;
  while (get_count (other, low) == 0)
    low++;
  high = highest (other) - other->first;
  /* The ends first, so that room is made at once. */
  grown = bins_add (bins, other->first + high, get_count (other, high));
  if (low < high)
    grown += bins_add (bins, other->first + low, get_count (other, low));
  for (uint32_t at = low + 1; at < high; at++)
    {
      uint64_t count = get_count (other, at);

      if (count != 0)
        grown += bins_add (bins, other->first + at, count);
    }
  return grown;
}

/**
 * tide_quantiles_merge:
 *
 * Returns: the bytes by which the sketch grew
 */
gsize
tide_quantiles_merge (TideQuantiles *sketch, const TideQuantiles *other)
{
  gsize grown;

  if (other->count == 0)
    return 0;
  sketch->min = sketch->count == 0 ? other->min : MIN (sketch->min, other->min);
  sketch->max = sketch->count == 0 ? other->max : MAX (sketch->max, other->max);
  sketch->count += other->count;
  sketch->zeros += other->zeros;
  grown = merge_bins (&sketch->positive, &other->positive);
  return grown + merge_bins (&sketch->negative, &other->negative);
}

/* The value at @rank among those of @bins, of which the lowest magnitude is first, or last when @descending. */
static double
value_at (const struct TideBins *bins, uint64_t rank, bool descending)
{
  uint32_t last = 0;

  for (uint32_t i = 0; i < bins->n; i++)
    {
      uint32_t at = descending ? bins->n - 1u - i : i;
      uint64_t count = get_count (bins, at);

      if (count == 0)
        continue;
      last = bins->first + at;
      if (rank < count)
        break;
      rank -= count;
    }
  return tide_quantiles_value (last);
}

static uint64_t
total (const struct TideBins *bins)
{
  uint64_t sum = 0;

  for (uint32_t at = 0; at < bins->n; at++)
    sum += get_count (bins, at);
  return sum;
}

/**
 * tide_quantiles_get:
 * @quantile: 0 to 1
 *
 * Returns: the value at place floor (quantile × (count − 1)), to 1 %; %NAN when the sketch is empty
 */
double
tide_quantiles_get (const TideQuantiles *sketch, double quantile)
{
  uint64_t rank, negative;
  double value;

  if (sketch->count == 0)
    return NAN;
  rank = (uint64_t) (CLAMP (quantile, 0, 1) * (double) (sketch->count - 1));
  if (rank == 0)
    return sketch->min;
  if (rank >= sketch->count - 1)
    return sketch->max;
  negative = total (&sketch->negative);
  if (rank < negative)
    value = -value_at (&sketch->negative, rank, true);
  else if (rank - negative < sketch->zeros)
    value = 0;
  else
    value = value_at (&sketch->positive, rank - negative - sketch->zeros, false);
  return CLAMP (value, sketch->min, sketch->max);
}

void
tide_quantiles_clear (TideQuantiles *sketch)
{
  g_free (sketch->positive.counts);
  g_free (sketch->negative.counts);
  memset (sketch, 0, sizeof *sketch);
}

/* How many bins count something, then each as its distance from the one below and its count. */
static void
write_bins (const struct TideBins *bins, GByteArray *bytes)
{
  uint32_t used = 0, previous = 0;

  for (uint32_t at = 0; at < bins->n; at++)
    used += get_count (bins, at) != 0;
  tide_state_put_varint (bytes, used);
  for (uint32_t at = 0; at < bins->n; at++)
    {
      uint64_t count = get_count (bins, at);

      if (count == 0)
        continue;
      tide_state_put_varint (bytes, bins->first + at - previous);
      tide_state_put_varint (bytes, count);
      previous = bins->first + at;
    }
}

void
tide_quantiles_write (const TideQuantiles *sketch, GByteArray *bytes)
{
  g_byte_array_append (bytes, &(guint8){ VERSION }, 1);
  tide_state_put_varint (bytes, sketch->zeros);
  write_bins (&sketch->positive, bytes);
  write_bins (&sketch->negative, bytes);
  if (sketch->count == 0)
    return;
  tide_state_put_double (bytes, sketch->min);
  tide_state_put_double (bytes, sketch->max);
}

/* A bin of the file, before room is made. */
typedef struct
{
  uint32_t index;
  uint64_t count;
} FileBin;

static bool
read_bins (TideStateReader *reader, struct TideBins *bins, uint64_t *total_count)
{
  FileBin read[MAX_BINS];
  uint64_t n, gap;
  uint32_t index = 0;

  if (!tide_state_get_varint (reader, &n) || n > MAX_BINS)
    return false;
  for (uint32_t i = 0; i < n; i++)
    {
      if (!tide_state_get_varint (reader, &gap) || gap == 0 || gap > index_of (DBL_MAX) - index
          || !tide_state_get_varint (reader, &read[i].count) || read[i].count == 0
          || __builtin_add_overflow (*total_count, read[i].count, total_count))
        return false;
      index += (uint32_t) gap;
      read[i].index = index;
    }
  if (n == 0)
    return true;
  if (read[0].index < index_of (DBL_TRUE_MIN) || index - read[0].index >= MAX_BINS)
    return false;
  for (uint32_t i = (uint32_t) n; i-- > 0;)
    bins_add (bins, read[i].index, read[i].count);
  return true;
}

/* Whether the lowest bin is that of the magnitude @value, which may be too small for a bin of its own. */
static bool
is_lowest (const struct TideBins *bins, double value)
{
  uint32_t top = highest (bins), at = 0;

  while (get_count (bins, at) == 0)
    at++;
  return bins->first + at == MAX (index_of (value), top < MAX_BINS ? 0 : top - (MAX_BINS - 1));
}

/* Whether the least and the largest value are those of the bins. */
static bool
extremes_fit (const TideQuantiles *sketch)
{
  const struct TideBins *positive = &sketch->positive, *negative = &sketch->negative;
  double min = sketch->min, max = sketch->max;

  if (!isfinite (min) || !isfinite (max) || min > max || (min == 0 && signbit (min)) || (max == 0 && signbit (max)))
    return false;
  if (negative->n != 0 ? min >= 0 || index_of (-min) != highest (negative)
                       : (sketch->zeros != 0 ? min != 0 : min <= 0 || !is_lowest (positive, min)))
    return false;
  if (positive->n != 0 ? max <= 0 || index_of (max) != highest (positive)
                       : (sketch->zeros != 0 ? max != 0 : max >= 0 || !is_lowest (negative, -max)))
    return false;
  return true;
}

bool
tide_quantiles_read (TideQuantiles *sketch, const guint8 *data, gsize len, GError **error)
{
  TideStateReader reader = { data, data + len };
  TideQuantiles read = { 0 };
  guint8 version;
  bool ok;

  ok = tide_state_get_byte (&reader, &version) && version == VERSION && tide_state_get_varint (&reader, &read.zeros);
  read.count = read.zeros;
  ok = ok && read_bins (&reader, &read.positive, &read.count) && read_bins (&reader, &read.negative, &read.count);
  if (ok && read.count > 0)
    ok = tide_state_get_double (&reader, &read.min) && tide_state_get_double (&reader, &read.max)
         && extremes_fit (&read);
  if (!ok || reader.at != reader.end)
    {
      tide_quantiles_clear (&read);
      return tide_state_corrupt (error, "quantiles");
    }
  *sketch = read;
  return true;
}
