/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model-base.h"

G_BEGIN_DECLS

/* Types of fields. */
typedef enum
{
  TIDE_TYPE_NONE,
  TIDE_TYPE_INT,     /* int64 */
  TIDE_TYPE_DECIMAL, /* int64 scaled by 10^scale, scale 0..18 */
  TIDE_TYPE_REAL,    /* double, finite */
  TIDE_TYPE_TEXT,    /* UTF-8 */
  TIDE_TYPE_BOOL,    /* 0 or 1 */
  TIDE_TYPE_TIME,    /* TideTime */
} TideType;

#define TIDE_TYPE_BIT(type) (1u << (type))
#define TIDE_TYPES_NUMERIC (TIDE_TYPE_BIT (TIDE_TYPE_INT) | TIDE_TYPE_BIT (TIDE_TYPE_DECIMAL) | TIDE_TYPE_BIT (TIDE_TYPE_REAL))
#define TIDE_TYPES_ALL (~0u)

/* "int", "decimal(2)", "real", "text", "bool", "time". */
bool tide_type_parse (const char *text, TideType *ret_type, int *ret_scale, GError **error);
char *tide_type_to_string (TideType type, int scale);

__extension__ typedef __int128 TideInt128;

/* One finished value of a metric: exact where the arithmetic was. */
typedef enum
{
  TIDE_VALUE_NONE,  /* no value: shown as –, empty in CSV */
  TIDE_VALUE_EXACT, /* exact / 10^scale */
  TIDE_VALUE_REAL,
} TideValueKind;

typedef struct
{
  TideValueKind kind;
  int scale;
  TideInt128 exact;
  double real;
} TideValue;

#define TIDE_VALUE_STR_MAX 64

static inline TideValue
tide_value_exact (TideInt128 exact, int scale)
{
  return (TideValue){ .kind = TIDE_VALUE_EXACT, .scale = scale, .exact = exact };
}

static inline TideValue
tide_value_real (double real)
{
  return (TideValue){ .kind = TIDE_VALUE_REAL, .real = real };
}

/* NaN when there is none. */
double tide_value_to_double (TideValue value);
/* For files: "14804.20" with all decimals of the scale, the shortest text that reads back for reals,
 * "" for none. Returns the length. */
gsize tide_value_format (TideValue value, char buffer[TIDE_VALUE_STR_MAX]);
/* Exact values are compared exactly, reals to 1e-12 relative; two nones are equal. */
bool tide_value_equal (TideValue a, TideValue b);

/* Decimal digits such as "-12.5" or "1.25e1" to an integer scaled by 10^scale: exact; FALSE when digits
 * would be lost, the text is no number, or it does not fit 64 bits. */
bool tide_decimal_parse (const char *text, gsize len, int scale, int64_t *ret_scaled);

G_END_DECLS
