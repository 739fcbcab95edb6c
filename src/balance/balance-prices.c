/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The price book. It is a key file that a person can read and correct; the workspace's own prices stand over it. All
 * is kept in US dollars, which the book is in; what people see is in the workspace's currency.
 * Limit: a price has one step; volume discounts are a price of one's own. */
#include "balance-prices.h"

#include "price-resources.h"

#include <math.h>
#include <string.h>

struct _TidePriceBook
{
  GPtrArray *prices;    /* TidePrice */
  GPtrArray *platforms; /* TidePlatform */
};

static const char *const per_names[TIDE_N_PER] = {
  [TIDE_PER_HOUR] = "hour",
  [TIDE_PER_CONNECTED_HOUR] = "connected-hour",
  [TIDE_PER_GB_IN] = "gb-in",
  [TIDE_PER_GB_STORED] = "gb-stored",
  [TIDE_PER_MILLION_EVENTS] = "million-events",
  [TIDE_PER_MILLION_PUTS] = "million-puts",
  [TIDE_PER_GB_SCANNED] = "gb-scanned",
};

const char *
tide_per_to_string (TidePer per)
{
  return per_names[per];
}

static void
price_free (void *data)
{
  TidePrice *price = data;

  g_free (price->name);
  g_free (price->title);
  g_free (price->unit);
  g_free (price->region);
  g_free (price->source);
  g_free (price->date);
  g_free (price);
}

static void
platform_free (void *data)
{
  TidePlatform *platform = data;

  g_free (platform->name);
  g_free (platform->title);
  g_array_unref (platform->needs);
  g_free (platform);
}

void
tide_price_book_free (TidePriceBook *book)
{
  if (book == NULL)
    return;
  g_ptr_array_unref (book->platforms);
  g_ptr_array_unref (book->prices);
  g_free (book);
}

static bool
invalid (GError **error, const char *section, const char *message)
{
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "prices.conf: [%s]: %s", section, message);
  return false;
}

static bool
read_price (TidePriceBook *book, GKeyFile *file, const char *section, GError **error)
{
  TidePrice *price = g_new0 (TidePrice, 1);
  g_autofree char *usd = g_key_file_get_string (file, section, "usd", NULL);
  char *end = usd;

  g_ptr_array_add (book->prices, price);
  price->name = g_strdup (section + strlen ("price "));
  price->title = g_key_file_get_string (file, section, "title", NULL);
  price->unit = g_key_file_get_string (file, section, "unit", NULL);
  price->region = g_key_file_get_string (file, section, "region", NULL);
  price->source = g_key_file_get_string (file, section, "source", NULL);
  price->date = g_key_file_get_string (file, section, "date", NULL);
  price->usd = usd != NULL ? g_ascii_strtod (usd, &end) : NAN;
  if (!(price->usd >= 0) || *end != '\0')
    return invalid (error, section, "expected usd= with an amount, 0 or more");
  if (price->unit == NULL || price->source == NULL || price->date == NULL)
    return invalid (error, section, "expected unit=, source= and date=");
  return true;
}

/* "3 msk-broker-m5-large per hour" */
static bool
read_need (const TidePriceBook *book, const char *text, TideNeed *ret_need)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  char *end;

  if (g_strv_length (words) != 4 || strcmp (words[2], "per") != 0)
    return false;
  ret_need->amount = g_ascii_strtod (words[0], &end);
  ret_need->price = tide_price_book_get (book, words[1]);
  for (ret_need->per = 0; ret_need->per < TIDE_N_PER; ret_need->per++)
    if (strcmp (per_names[ret_need->per], words[3]) == 0)
      break;
  return *end == '\0' && ret_need->amount > 0 && ret_need->price != NULL && ret_need->per < TIDE_N_PER;
}

static bool
read_platform (TidePriceBook *book, GKeyFile *file, const char *section, GError **error)
{
  TidePlatform *platform = g_new0 (TidePlatform, 1);
  g_auto (GStrv) needs = g_key_file_get_string_list (file, section, "needs", NULL, NULL);

  g_ptr_array_add (book->platforms, platform);
  platform->name = g_strdup (section + strlen ("platform "));
  platform->title = g_key_file_get_string (file, section, "title", NULL);
  platform->needs = g_array_new (FALSE, FALSE, sizeof (TideNeed));
  for (guint i = 0; needs != NULL && needs[i] != NULL; i++)
    {
      TideNeed need = { 0 };

      if (!read_need (book, g_strstrip (needs[i]), &need))
        return invalid (error, section, "expected needs= such as '3 msk-broker-m5-large per hour', with prices of the book");
      g_array_append_val (platform->needs, need);
    }
  return true;
}

static void
put (char **where, const char *text)
{
  if (text == NULL)
    return;
  g_free (*where);
  *where = g_strdup (text);
}

static void
put_own (TidePriceBook *book, const TideOwnPrice *own, double exchange)
{
  TidePrice *price = (TidePrice *) tide_price_book_get (book, own->name);

  if (price == NULL)
    {
      price = g_new0 (TidePrice, 1);
      price->name = g_strdup (own->name);
      price->title = g_strdup (own->name);
      price->unit = g_strdup ("unit");
      g_ptr_array_add (book->prices, price);
    }
  price->own = true;
  price->usd = own->amount / exchange;
  put (&price->title, own->title);
  put (&price->unit, own->unit);
  put (&price->source, own->source != NULL ? own->source : "workspace.conf");
  put (&price->date, own->date != NULL ? own->date : "");
}

TidePriceBook *
tide_price_book_parse (const char *text, const TideWorkspace *workspace, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (TidePriceBook) book = g_new0 (TidePriceBook, 1);
  g_auto (GStrv) sections = NULL;

  book->prices = g_ptr_array_new_with_free_func (price_free);
  book->platforms = g_ptr_array_new_with_free_func (platform_free);
  if (!g_key_file_load_from_data (file, text, strlen (text), G_KEY_FILE_NONE, error))
    return NULL;
  sections = g_key_file_get_groups (file, NULL);
  for (guint i = 0; sections[i] != NULL; i++)
    if (g_str_has_prefix (sections[i], "price ") && !read_price (book, file, sections[i], error))
      return NULL;
  for (guint i = 0; workspace != NULL && i < workspace->prices->len; i++)
    put_own (book, g_ptr_array_index (workspace->prices, i), workspace->exchange);
  for (guint i = 0; sections[i] != NULL; i++)
    if (g_str_has_prefix (sections[i], "platform ") && !read_platform (book, file, sections[i], error))
      return NULL;
  return g_steal_pointer (&book);
}

/**
 * tide_price_book_new:
 *
 * Thread: any. Returns: free with tide_price_book_free()
 */
TidePriceBook *
tide_price_book_new (const TideWorkspace *workspace)
{
  g_autoptr (GBytes) bytes = g_resource_lookup_data (tide_prices_get_resource (),
                                                     "/io/github/tidemark/Tidemark/prices.conf",
                                                     G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  TidePriceBook *book;
  gsize size = 0;
  const char *data;

  g_assert (bytes != NULL);
  data = g_bytes_get_data (bytes, &size);
  text = g_strndup (data, size);
  book = tide_price_book_parse (text, workspace, &error);
  g_assert_no_error (error);
  return book;
}

const TidePrice *
tide_price_book_get (const TidePriceBook *book, const char *name)
{
  for (guint i = 0; i < book->prices->len; i++)
    if (strcmp (((TidePrice *) g_ptr_array_index (book->prices, i))->name, name) == 0)
      return g_ptr_array_index (book->prices, i);
  return NULL;
}

const TidePlatform *
tide_price_book_get_platform (const TidePriceBook *book, const char *name)
{
  for (guint i = 0; i < book->platforms->len; i++)
    if (strcmp (((TidePlatform *) g_ptr_array_index (book->platforms, i))->name, name) == 0)
      return g_ptr_array_index (book->platforms, i);
  return NULL;
}

GPtrArray *
tide_price_book_get_prices (const TidePriceBook *book)
{
  return book->prices;
}

GPtrArray *
tide_price_book_get_platforms (const TidePriceBook *book)
{
  return book->platforms;
}

const char *const *
tide_price_book_platform_names (void)
{
  static GStrv names;
  static gsize once;

  if (g_once_init_enter (&once))
    {
      g_autoptr (TidePriceBook) book = tide_price_book_new (NULL);

      names = g_new0 (char *, book->platforms->len + 1);
      for (guint i = 0; i < book->platforms->len; i++)
        names[i] = g_strdup (((TidePlatform *) g_ptr_array_index (book->platforms, i))->name);
      g_once_init_leave (&once, 1);
    }
  return (const char *const *) names;
}

double
tide_price_book_usd (const TidePriceBook *book, const char *name)
{
  const TidePrice *price = tide_price_book_get (book, name);

  return price != NULL ? price->usd : 0;
}

void
tide_money_format (double amount, char buffer[TIDE_MONEY_STR_MAX])
{
  int decimals = 2;
  char format[16];

  if (amount != 0 && isfinite (amount) && fabs (amount) < 1)
    decimals = MIN (2 - (int) floor (log10 (fabs (amount))), 30);
  g_snprintf (format, sizeof format, "%%.%df", decimals);
  g_ascii_formatd (buffer, TIDE_MONEY_STR_MAX, format, amount);
}
