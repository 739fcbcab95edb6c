/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model.h"

G_BEGIN_DECLS

/* One price of the book, or of the workspace. */
typedef struct
{
  char *name, *title, *unit, *region, *source, *date;
  double usd; /* for one unit */
  bool own;   /* set in the workspace */
} TidePrice;

/* What the amount of a need is counted in. */
typedef enum
{
  TIDE_PER_HOUR,
  TIDE_PER_CONNECTED_HOUR,
  TIDE_PER_GB_IN,
  TIDE_PER_GB_STORED, /* a month */
  TIDE_PER_MILLION_EVENTS,
  TIDE_PER_MILLION_PUTS,
  TIDE_PER_GB_SCANNED,
  TIDE_N_PER,
} TidePer;

const char *tide_per_to_string (TidePer per);

typedef struct
{
  double amount;
  const TidePrice *price; /* of the same book */
  TidePer per;
} TideNeed;

/* What a source needs from elsewhere. */
typedef struct
{
  char *name, *title;
  GArray *needs; /* TideNeed */
} TidePlatform;

/* The price book that is built in (data/prices.conf), with the workspace's prices put over it. Immutable. */
typedef struct _TidePriceBook TidePriceBook;

/* @workspace may be NULL. */
TidePriceBook *tide_price_book_new (const TideWorkspace *workspace);
/* The same from text, for tests; FALSE mistakes go to @error: INVALID. */
TidePriceBook *tide_price_book_parse (const char *text, const TideWorkspace *workspace, GError **error);
void tide_price_book_free (TidePriceBook *book);
const TidePrice *tide_price_book_get (const TidePriceBook *book, const char *name);
const TidePlatform *tide_price_book_get_platform (const TidePriceBook *book, const char *name);
/* In the order of the book, own prices last; borrowed (TidePrice*, TidePlatform*). */
GPtrArray *tide_price_book_get_prices (const TidePriceBook *book);
GPtrArray *tide_price_book_get_platforms (const TidePriceBook *book);
/* Of the book that is built in; NULL-terminated, for ever. Thread: any. */
const char *const *tide_price_book_platform_names (void);
/* USD; 0 for one that the book does not have. */
double tide_price_book_usd (const TidePriceBook *book, const char *name);

/* An amount for people: two decimals where that shows three figures, else as many as three figures take: "12.30",
 * "0.142", "0.0000312"; never 0.00 for what is not nothing. */
#define TIDE_MONEY_STR_MAX 48
void tide_money_format (double amount, char buffer[TIDE_MONEY_STR_MAX]);

#define TIDE_HOURS_A_MONTH 730.0

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TidePriceBook, tide_price_book_free)

G_END_DECLS
