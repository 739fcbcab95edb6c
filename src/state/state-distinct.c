/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * HyperLogLog. While few values were seen it is the set of their 25-bit prefixes with their ranks, which counts
 * almost exactly; past 3,072 of them it is 2^14 registers. Which of the two it is depends on the values alone, so
 * merges in any order give the same bytes. The set is a hash set in memory, since adding must be cheap with
 * thousands of groups, and sorted when written.
 * Limit: the standard error is 0.8 % once dense.
 */
#include "state-private.h"

#include <math.h>

#define VERSION_SPARSE 1
#define VERSION_DENSE 2
#define PRECISION 14
#define N_REGISTERS (1u << PRECISION)
#define MAX_RANK (64 - PRECISION + 1)
/* A code is the first 25 bits of the hash and, in 6 bits, the rank of the rest: 1 + its leading zeros. */
#define SPARSE_PRECISION 25
#define SPARSE_MAX_RANK (64 - SPARSE_PRECISION + 1)
#define RANK_BITS 6
#define RANK_MASK ((1u << RANK_BITS) - 1)
/* Three quarters of as many slots as take the room of the registers. */
#define MAX_SPARSE 3072u
#define FIRST_SLOTS 8u
/* Up to here they become four times as many, so that thousands of small sets are seldom rebuilt. */
#define FEW_SLOTS 128u
#define PACKED_BYTES (N_REGISTERS * 6 / 8)

static inline uint32_t
rank_of (uint64_t rest, int max)
{
  return rest == 0 ? (uint32_t) max : (uint32_t) __builtin_clzll (rest) + 1;
}

static void
set_register (uint8_t *registers, uint32_t code)
{
  uint32_t index = code >> RANK_BITS;
  uint32_t between = index & ((1u << (SPARSE_PRECISION - PRECISION)) - 1);
  uint32_t rank = between != 0 ? (uint32_t) __builtin_clz (between) - (32 - (SPARSE_PRECISION - PRECISION)) + 1
                               : SPARSE_PRECISION - PRECISION + (code & RANK_MASK);
  uint8_t *reg = &registers[index >> (SPARSE_PRECISION - PRECISION)];

  *reg = (uint8_t) MAX (*reg, rank);
}

static gsize
make_dense (TideDistinct *sketch)
{
  gsize before = sketch->allocated * sizeof *sketch->sparse;

  sketch->registers = g_malloc0 (N_REGISTERS);
  for (uint32_t i = 0; i < sketch->allocated; i++)
    if (sketch->sparse[i] != 0)
      set_register (sketch->registers, sketch->sparse[i]);
  g_clear_pointer (&sketch->sparse, g_free);
  sketch->n_sparse = sketch->allocated = 0;
  return N_REGISTERS - before;
}

/* The slot of the code's prefix, or the free one where it would be. */
static inline uint32_t *
find_slot (const TideDistinct *sketch, uint32_t code)
{
  uint32_t mask = sketch->allocated - 1;
  uint32_t at = (code >> RANK_BITS) & mask;

  while (sketch->sparse[at] != 0 && sketch->sparse[at] >> RANK_BITS != code >> RANK_BITS)
    at = (at + 1) & mask;
  return &sketch->sparse[at];
}

static gsize
grow_sparse (TideDistinct *sketch)
{
  TideDistinct old = *sketch;

  sketch->allocated = MAX (old.allocated * (old.allocated < FEW_SLOTS ? 4 : 2), FIRST_SLOTS);
  sketch->sparse = g_new0 (uint32_t, sketch->allocated);
  for (uint32_t i = 0; i < old.allocated; i++)
    if (old.sparse[i] != 0)
      *find_slot (sketch, old.sparse[i]) = old.sparse[i];
  g_free (old.sparse);
  return (sketch->allocated - old.allocated) * sizeof *sketch->sparse;
}

/* Not for a dense one. */
static inline gsize
add_code (TideDistinct *sketch, uint32_t code)
{
  gsize grown = 0;
  uint32_t *slot;

  if (sketch->n_sparse * 4 >= sketch->allocated * 3)
    {
      if (sketch->allocated != 0 && *find_slot (sketch, code) != 0)
        ;
      else if (sketch->n_sparse == MAX_SPARSE)
        {
          grown = make_dense (sketch);
          set_register (sketch->registers, code);
          return grown;
        }
      else
        grown = grow_sparse (sketch);
    }
  slot = find_slot (sketch, code);
  sketch->n_sparse += *slot == 0;
  *slot = MAX (*slot, code);
  return grown;
}

/**
 * tide_distinct_add:
 * @hash: of the value
 *
 * Returns: the bytes by which the sketch grew
 */
gsize
tide_distinct_add (TideDistinct *sketch, uint64_t hash)
{
  if (sketch->registers != NULL)
    {
      uint8_t *reg = &sketch->registers[hash >> (64 - PRECISION)];
      uint32_t rank = rank_of (hash << PRECISION, MAX_RANK);

      if (rank > *reg)
        *reg = (uint8_t) rank;
      return 0;
    }
  return add_code (sketch, (uint32_t) (hash >> (64 - SPARSE_PRECISION)) << RANK_BITS
                               | rank_of (hash << SPARSE_PRECISION, SPARSE_MAX_RANK));
}

/* @sketch has no codes yet. */
static gsize
copy_sketch (TideDistinct *sketch, const TideDistinct *other)
{
  gsize before = sketch->allocated * sizeof *sketch->sparse;

  if (other->registers == NULL && other->n_sparse == 0)
    return 0;
  g_free (sketch->sparse);
  *sketch = (TideDistinct){ 0 };
  if (other->registers != NULL)
    {
      sketch->registers = g_memdup2 (other->registers, N_REGISTERS);
      return N_REGISTERS - before;
    }
  sketch->sparse = g_memdup2 (other->sparse, other->allocated * sizeof *other->sparse);
  sketch->n_sparse = other->n_sparse;
  sketch->allocated = other->allocated;
  return sketch->allocated * sizeof *sketch->sparse - before;
}

/**
 * tide_distinct_merge:
 *
 * Returns: the bytes by which the sketch grew
 */
gsize
tide_distinct_merge (TideDistinct *sketch, const TideDistinct *other)
{
  gsize grown = 0;

  if (sketch->registers == NULL && sketch->n_sparse == 0)
    return copy_sketch (sketch, other);
  if (other->registers != NULL)
    {
      if (sketch->registers == NULL)
        grown = make_dense (sketch);
      for (uint32_t i = 0; i < N_REGISTERS; i++)
        sketch->registers[i] = MAX (sketch->registers[i], other->registers[i]);
      return grown;
    }
  for (uint32_t i = 0; i < other->allocated; i++)
    {
      if (other->sparse[i] == 0)
        continue;
      if (sketch->registers != NULL)
        set_register (sketch->registers, other->sparse[i]);
      else
        grown += add_code (sketch, other->sparse[i]);
    }
  return grown;
}

/* Σ x^(2^k) 2^(k−1) and its counterpart, of "New cardinality estimation algorithms for HyperLogLog sketches". */
static double
sigma (double x)
{
  double y = 1, z = x, before;

  if (x == 1)
    return INFINITY;
  do
    {
      x *= x;
      before = z;
      z += x * y;
      y += y;
    }
  while (z != before);
  return z;
}

static double
tau (double x)
{
  double y = 1, z = 1 - x, before;

  if (x == 0 || x == 1)
    return 0;
  do
    {
      x = sqrt (x);
      before = z;
      y *= 0.5;
      z -= (1 - x) * (1 - x) * y;
    }
  while (z != before);
  return z / 3;
}

static double
estimate_dense (const uint8_t *registers)
{
  const double m = N_REGISTERS;
  uint32_t with_rank[MAX_RANK + 1] = { 0 };
  double z;

  for (uint32_t i = 0; i < N_REGISTERS; i++)
    with_rank[registers[i]]++;
  z = m * tau (1 - with_rank[MAX_RANK] / m);
  for (uint32_t k = MAX_RANK - 1; k >= 1; k--)
    z = 0.5 * (z + with_rank[k]);
  z += m * sigma (with_rank[0] / m);
  return m * m / (2 * G_LN2 * z);
}

/**
 * tide_distinct_get:
 *
 * Returns: about how many different values were added
 */
uint64_t
tide_distinct_get (const TideDistinct *sketch)
{
  const double m = 1u << SPARSE_PRECISION;

  if (sketch->registers != NULL)
    return (uint64_t) llround (estimate_dense (sketch->registers));
  return (uint64_t) llround (-m * log1p (-(double) sketch->n_sparse / m));
}

void
tide_distinct_clear (TideDistinct *sketch)
{
  g_free (sketch->sparse);
  g_free (sketch->registers);
  memset (sketch, 0, sizeof *sketch);
}

static int
compare_codes (const void *a, const void *b)
{
  uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;

  return (x > y) - (x < y);
}

static void
write_sparse (const TideDistinct *sketch, GByteArray *bytes)
{
  uint32_t codes[MAX_SPARSE];
  uint32_t n = 0, previous = 0;

  for (uint32_t i = 0; i < sketch->allocated; i++)
    if (sketch->sparse[i] != 0)
      codes[n++] = sketch->sparse[i];
  qsort (codes, n, sizeof *codes, compare_codes);
  tide_state_put_varint (bytes, n);
  for (uint32_t i = 0; i < n; i++)
    {
      tide_state_put_varint (bytes, codes[i] - previous);
      previous = codes[i];
    }
}

/* Four registers of six bits in three bytes. */
static void
write_dense (const uint8_t *registers, GByteArray *bytes)
{
  guint at = bytes->len;

  g_byte_array_set_size (bytes, at + PACKED_BYTES);
  for (uint32_t i = 0; i < N_REGISTERS; i += 4, at += 3)
    {
      uint32_t word = registers[i] | (uint32_t) registers[i + 1] << 6 | (uint32_t) registers[i + 2] << 12
                      | (uint32_t) registers[i + 3] << 18;

      bytes->data[at] = (guint8) word;
      bytes->data[at + 1] = (guint8) (word >> 8);
      bytes->data[at + 2] = (guint8) (word >> 16);
    }
}

void
tide_distinct_write (const TideDistinct *sketch, GByteArray *bytes)
{
  bool dense = sketch->registers != NULL;

  g_byte_array_append (bytes, &(guint8){ dense ? VERSION_DENSE : VERSION_SPARSE }, 1);
  if (dense)
    write_dense (sketch->registers, bytes);
  else
    write_sparse (sketch, bytes);
}

static bool
read_sparse (TideStateReader *reader, TideDistinct *sketch)
{
  uint64_t n, gap;
  uint32_t code = 0;

  if (!tide_state_get_varint (reader, &n) || n > MAX_SPARSE)
    return false;
  for (uint64_t i = 0; i < n; i++)
    {
      uint32_t previous = code;

      if (!tide_state_get_varint (reader, &gap) || gap >= (UINT64_C (1) << (SPARSE_PRECISION + RANK_BITS)) - previous)
        return false;
      code += (uint32_t) gap;
      if ((code & RANK_MASK) == 0 || (code & RANK_MASK) > SPARSE_MAX_RANK
          || (i > 0 && code >> RANK_BITS == previous >> RANK_BITS))
        return false;
      add_code (sketch, code);
    }
  return reader->at == reader->end;
}

static bool
read_dense (TideStateReader *reader, TideDistinct *sketch)
{
  const guint8 *at = reader->at;
  uint32_t used = 0;

  if ((gsize) (reader->end - at) != PACKED_BYTES)
    return false;
  sketch->registers = g_malloc (N_REGISTERS);
  for (uint32_t i = 0; i < N_REGISTERS; i += 4, at += 3)
    {
      uint32_t word = at[0] | (uint32_t) at[1] << 8 | (uint32_t) at[2] << 16;

      for (uint32_t k = 0; k < 4; k++, word >>= 6)
        {
          if ((word & 63) > MAX_RANK)
            return false;
          sketch->registers[i + k] = (uint8_t) (word & 63);
          used += (word & 63) != 0;
        }
    }
  /* What was dense had more values than are in a few registers. */
  return used > MAX_SPARSE >> (SPARSE_PRECISION - PRECISION);
}

bool
tide_distinct_read (TideDistinct *sketch, const guint8 *data, gsize len, GError **error)
{
  TideStateReader reader = { data, data + len };
  TideDistinct read = { 0 };
  guint8 version;

  if (tide_state_get_byte (&reader, &version)
      && ((version == VERSION_SPARSE && read_sparse (&reader, &read))
          || (version == VERSION_DENSE && read_dense (&reader, &read))))
    {
      *sketch = read;
      return true;
    }
  tide_distinct_clear (&read);
  return tide_state_corrupt (error, "distinct");
}
