/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The price book: what is built in is whole, a workspace's prices stand over it, mistakes are named, and no cost is
 * shown as nothing. */
#include "balance.h"

#include <math.h>
#include <string.h>

static TideWorkspace *
workspace_new (const char *text)
{
  static const TideSourceSpec *const sources[] = { NULL };
  static const TideAggregateSpec *const aggregates[] = { NULL };
  static const TideCatalog none = { sources, aggregates };
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  g_autofree char *whole = g_strconcat ("[workspace]\nversion=1\nname=x\n", text, NULL);
  TideWorkspace *workspace = tide_workspace_parse (NULL, whole, &none, problems);

  g_assert_cmpuint (problems->len, ==, 0);
  return workspace;
}

static void
test_built_in (void)
{
  g_autoptr (TidePriceBook) book = tide_price_book_new (NULL);
  GPtrArray *prices = tide_price_book_get_prices (book), *platforms = tide_price_book_get_platforms (book);

  g_assert_cmpuint (prices->len, >=, 14);
  for (guint i = 0; i < prices->len; i++)
    {
      const TidePrice *price = g_ptr_array_index (prices, i);

      g_assert_cmpfloat (price->usd, >, 0);
      g_assert_nonnull (price->title);
      g_assert_nonnull (price->region);
      g_assert_true (g_str_has_prefix (price->source, "https://"));
      g_assert_cmpuint (strlen (price->date), >=, 7);
    }
  g_assert_cmpuint (platforms->len, >=, 5);
  for (guint i = 0; i < platforms->len; i++)
    g_assert_cmpuint (((TidePlatform *) g_ptr_array_index (platforms, i))->needs->len, >, 0);
  g_assert_cmpfloat (tide_price_book_usd (book, "kinesis-shard-hour"), ==, 0.015);
  g_assert_null (tide_price_book_get (book, "no-such"));
}

static void
test_own (void)
{
  g_autoptr (TideWorkspace) workspace
      = workspace_new ("[cost]\ncurrency=EUR\nexchange=0.5\n[price vcpu-hour]\namount=0.1\ndate=2025-06\n"
                       "[price office-space]\namount=3\nunit=desk-hour\n");
  g_autoptr (TidePriceBook) book = tide_price_book_new (workspace);
  const TidePrice *price = tide_price_book_get (book, "vcpu-hour");

  g_assert_true (price->own);
  g_assert_cmpfloat_with_epsilon (price->usd, 0.2, 1e-12);
  g_assert_cmpstr (price->unit, ==, "vCPU-hour");
  g_assert_cmpstr (price->date, ==, "2025-06");
  g_assert_cmpfloat_with_epsilon (tide_price_book_usd (book, "office-space"), 6, 1e-12);
  g_assert_false (tide_price_book_get (book, "egress-gb")->own);
}

static void
test_mistakes (void)
{
  static const char *const wrong[] = {
    "[price x]\nunit=h\nsource=s\ndate=d\n",
    "[price x]\nusd=-1\nunit=h\nsource=s\ndate=d\n",
    "[price x]\nusd=1 or so\nunit=h\nsource=s\ndate=d\n",
    "[price x]\nusd=1\nunit=h\n",
    "[price x]\nusd=1\nunit=h\nsource=s\ndate=d\n[platform p]\nneeds=1 y per hour\n",
    "[price x]\nusd=1\nunit=h\nsource=s\ndate=d\n[platform p]\nneeds=1 x per fortnight\n",
    "[price x]\nusd=1\nunit=h\nsource=s\ndate=d\n[platform p]\nneeds=many x per hour\n",
    "no section",
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (tide_price_book_parse (wrong[i], NULL, &error));
      g_assert_nonnull (error);
    }
}

static void
test_money (void)
{
  static const struct
  {
    double amount;
    const char *text;
  } cases[] = {
    { 0, "0.00" },           { 12.3, "12.30" },        { 1, "1.00" },        { 0.142, "0.142" },
    { 0.0000312, "0.0000312" }, { -0.05, "-0.0500" }, { 2310.456, "2310.46" }, { 4.2e-9, "0.00000000420" },
  };
  char text[TIDE_MONEY_STR_MAX];

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      tide_money_format (cases[i].amount, text);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/balance/prices/built-in", test_built_in);
  g_test_add_func ("/balance/prices/own", test_own);
  g_test_add_func ("/balance/prices/mistakes", test_mistakes);
  g_test_add_func ("/balance/prices/money", test_money);
  return g_test_run ();
}
