/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a workspace says about money and freshness: [cost], and a [price NAME] for each price that is not the price
 * book's. Which names the price book has is not known here: balance/ looks them up.
 * Limit: one currency a workspace, with an exchange rate that the person keeps. */
#include "model-workspace-private.h"

#include <math.h>
#include <string.h>

#define TARGET_DEFAULT 0.99
#define SOURCE_EVERY_MIN TIDE_SECOND

void
tide_own_price_free (TideOwnPrice *price)
{
  if (price == NULL)
    return;
  g_free (price->name);
  g_free (price->title);
  g_free (price->unit);
  g_free (price->source);
  g_free (price->date);
  g_free (price);
}

bool
tide_share_parse (const char *text, double *ret_share)
{
  char *end;
  double share = g_ascii_strtod (text, &end);
  if (end == text)
    return false;
  while (*end == ' ')
    end++;
  if (*end == '%')
    {
      share /= 100;
      end++;
    }
  if (*end != '\0' || !(share >= 0 && share <= 1))
    return false;
  *ret_share = share;
  return true;
}

/**
 * tide_source_tier_parse:
 * @ret_every: (out): how often it connects, drains and disconnects; 0: always connected
 *
 * Errors: INVALID. Thread: any.
 */
bool
tide_source_tier_parse (const char *text, TideDuration *ret_every, GError **error)
{
  TideDuration every = 0;
  if (strcmp (text, "real-time") != 0)
    {
      if (!g_str_has_prefix (text, "every "))
        {
          g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "'%s' is no tier; expected real-time, or every 15min", text);
          return false;
        }
      if (!tide_duration_parse (text + strlen ("every "), &every, error))
        return false;
      if (every < SOURCE_EVERY_MIN || every > TIDE_DAY)
        {
          g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "'%s' is out of bounds; expected from 1s to 1d", text);
          return false;
        }
    }
  *ret_every = every;
  return true;
}

static double
get_number (const TideSection *section, const char *key, double fallback)
{
  const char *value = section != NULL ? tide_section_get (section, key) : NULL;
  return value != NULL ? g_ascii_strtod (value, NULL) : fallback;
}

static void
build_price (TideLoader *loader, TideSection *section)
{
  if (!section->sound)
    return;
  TideOwnPrice *price = g_new0 (TideOwnPrice, 1);
  price->name = g_strdup (section->name);
  price->title = g_strdup (tide_section_get (section, "title"));
  price->unit = g_strdup (tide_section_get (section, "unit"));
  price->source = g_strdup (tide_section_get (section, "source"));
  price->date = g_strdup (tide_section_get (section, "date"));
  price->amount = get_number (section, "amount", 0);
  g_ptr_array_add (loader->workspace->prices, price);
}

void
tide_loader_build_cost (TideLoader *loader)
{
  TideWorkspace *workspace = loader->workspace;
  TideSection *section = tide_loader_find (loader, TIDE_SECTION_COST, "");
  const char *currency = section != NULL ? tide_section_get (section, "currency") : NULL;
  const char *target = section != NULL ? tide_section_get (section, "target") : NULL;
  workspace->currency = g_strdup (currency != NULL ? currency : "USD");
  workspace->exchange = get_number (section, "exchange", strcmp (workspace->currency, "USD") == 0 ? 1 : 0);
  workspace->budget = get_number (section, "budget", NAN);
  workspace->fresh_target = TARGET_DEFAULT;
  if (target != NULL)
    tide_share_parse (target, &workspace->fresh_target);
  if (workspace->exchange <= 0)
    {
      tide_loader_key_problem (loader, section, "currency",
                               "the price book is in US dollars; expected exchange= with how much a dollar is");
      workspace->exchange = 1;
    }
  GPtrArray *sections = loader->sections[TIDE_SECTION_PRICE];
  for (guint i = 0; i < sections->len; i++)
    build_price (loader, g_ptr_array_index (sections, i));
}
