/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Preferences ▸ Prices: the currency and what a month may cost; what each source is paid for by; and the price book, in
 * which each price can be replaced by one's own. A price of one's own is a section of the workspace file, and goes whole
 * when its amount is emptied. Limit: the list prices are those of one region, said with each. */
#include "app-preferences-private.h"

#include "app-cost-data.h"

#include <glib/gi18n.h>

enum
{
  ROW_AMOUNT,
  ROW_SOURCE,
  ROW_DATE,
  N_PRICE_ROWS,
};

typedef struct
{
  const char *name; /* of the list, which the page owns */
  GtkWidget *expander, *rows[N_PRICE_ROWS];
} PriceRows;

struct _TidePricesPage
{
  AdwPreferencesPage parent_instance;

  TidePriceBook *list; /* without what the workspace says */
  GArray *prices;      /* PriceRows */
  GPtrArray *rows;     /* of [cost], borrowed */
  GPtrArray *sources;  /* rows, borrowed */
  AdwPreferencesGroup *sources_group;
  char **platforms, **platform_titles;
  char *shape; /* which sources the rows are of */
};

G_DEFINE_FINAL_TYPE (TidePricesPage, tide_prices_page, ADW_TYPE_PREFERENCES_PAGE)

static AdwPreferencesGroup *
add_group (TidePricesPage *self, const char *title, const char *description)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());

  adw_preferences_group_set_title (group, title);
  adw_preferences_group_set_description (group, description);
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (self), group);
  return group;
}

static void
add_cost (TidePricesPage *self)
{
  AdwPreferencesGroup *group = add_group (
      self, _ ("Budget"), _ ("The price book is in US dollars. For another currency say first what a dollar is in it."));
  GtkWidget *rows[] = {
    tide_conf_row_new ("cost", "exchange", _ ("A US dollar in your currency, such as 0.92"), false),
    tide_conf_row_new ("cost", "currency", _ ("Currency, such as EUR (empty: USD)"), false),
    tide_conf_row_new ("cost", "budget", _ ("Budget for a month, in this currency (empty: none)"), false),
    tide_conf_row_new ("cost", "target", _ ("Share of time in which metrics are to be fresh, such as 99%"), false),
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      adw_preferences_group_add (group, rows[i]);
      g_ptr_array_add (self->rows, rows[i]);
    }
}

/* Sources */

static void
read_platforms (TidePricesPage *self)
{
  GPtrArray *platforms = tide_price_book_get_platforms (self->list);
  GPtrArray *names = g_ptr_array_new (), *titles = g_ptr_array_new ();

  g_ptr_array_add (names, g_strdup ("none"));
  g_ptr_array_add (titles, g_strdup (_ ("Nothing is paid for")));
  for (guint i = 0; i < platforms->len; i++)
    {
      const TidePlatform *platform = g_ptr_array_index (platforms, i);

      g_ptr_array_add (names, g_strdup (platform->name));
      g_ptr_array_add (titles, g_strdup (platform->title != NULL ? platform->title : platform->name));
    }
  g_ptr_array_add (names, NULL);
  g_ptr_array_add (titles, NULL);
  self->platforms = (char **) g_ptr_array_free (names, FALSE);
  self->platform_titles = (char **) g_ptr_array_free (titles, FALSE);
}

static void
fill_sources (TidePricesPage *self, const TideWorkspace *workspace)
{
  for (guint i = 0; i < self->sources->len; i++)
    adw_preferences_group_remove (self->sources_group, g_ptr_array_index (self->sources, i));
  g_ptr_array_set_size (self->sources, 0);
  for (guint i = 0; i < workspace->sources->len; i++)
    {
      const TideSourceDef *source = g_ptr_array_index (workspace->sources, i);
      g_autofree char *section = g_strconcat ("source ", source->name, NULL);
      GtkWidget *row = tide_conf_combo_new (section, "platform", source->name, (const char *const *) self->platforms,
                                            (const char *const *) self->platform_titles);

      adw_combo_row_set_use_subtitle (ADW_COMBO_ROW (row), TRUE); /* these titles are long */
      adw_preferences_group_add (self->sources_group, row);
      g_ptr_array_add (self->sources, row);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->sources_group), workspace->sources->len > 0);
}

static char *
shape_of (const TideWorkspace *workspace)
{
  GString *shape = g_string_new (NULL);

  for (guint i = 0; i < workspace->sources->len; i++)
    g_string_append_printf (shape, "%s\n", ((TideSourceDef *) g_ptr_array_index (workspace->sources, i))->name);
  return g_string_free (shape, FALSE);
}

/* Prices */

static void
on_list_price (GtkWidget *row, const char *address)
{
  gtk_show_uri (GTK_WINDOW (gtk_widget_get_root (row)), address, GDK_CURRENT_TIME);
}

static GtkWidget *
new_list_row (const TidePrice *price)
{
  GtkWidget *row = tide_preferences_row_new (_ ("List price from"), price->source);

  if (price->source != NULL && g_str_has_prefix (price->source, "https://"))
    {
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name ("web-browser-symbolic"));
      gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
      gtk_widget_set_tooltip_text (row, _ ("Open this page"));
      g_signal_connect_data (row, "activated", G_CALLBACK (on_list_price), g_strdup (price->source),
                             (GClosureNotify) (void (*) (void)) g_free, 0);
    }
  return row;
}

static void
add_price (TidePricesPage *self, AdwPreferencesGroup *group, const TidePrice *price)
{
  g_autofree char *section = g_strconcat ("price ", price->name, NULL);
  PriceRows added = { .name = price->name, .expander = adw_expander_row_new () };

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (added.expander), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (added.expander), price->title != NULL ? price->title : price->name);
  added.rows[ROW_AMOUNT] = tide_conf_row_new (section, "amount", _ ("Own price (empty: the list price)"), false);
  added.rows[ROW_SOURCE] = tide_conf_row_new (section, "source", _ ("Where it is from, such as our contract"), false);
  added.rows[ROW_DATE] = tide_conf_row_new (section, "date", _ ("Of when it is, such as 2026-11"), false);
  tide_conf_row_set_holds_section (added.rows[ROW_AMOUNT]);
  for (guint i = 0; i < N_PRICE_ROWS; i++)
    adw_expander_row_add_row (ADW_EXPANDER_ROW (added.expander), added.rows[i]);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (added.expander), new_list_row (price));
  adw_preferences_group_add (group, added.expander);
  g_array_append_val (self->prices, added);
}

/* "0.0405 USD per vCPU-hour · us-east-1 · 2025-01", or what replaces it. */
static char *
describe (const TidePrice *price, const TidePrice *own, const TideWorkspace *workspace)
{
  g_autofree char *list = tide_cost_money (price->usd);

  if (own != NULL && own->own)
    {
      g_autofree char *amount = tide_cost_money (own->usd * workspace->exchange);

      return g_strdup_printf (_ ("%s %s per %s, your own · the list says %s USD"), amount, workspace->currency, price->unit, list);
    }
  return g_strdup_printf (_ ("%s USD per %s · %s · %s"), list, price->unit, price->region, price->date);
}

static void
update_price (const PriceRows *rows, const TidePrice *price, const TidePrice *own, const TideWorkspace *workspace)
{
  g_autofree char *text = describe (price, own, workspace);

  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (rows->expander), text);
  for (guint i = 0; i < N_PRICE_ROWS; i++)
    {
      gtk_widget_set_sensitive (rows->rows[i], i == ROW_AMOUNT || (own != NULL && own->own));
      tide_conf_row_update (rows->rows[i], workspace->conf);
    }
}

void
tide_prices_page_update (TidePricesPage *self, const TideWorkspace *workspace)
{
  g_autoptr (TidePriceBook) book = tide_price_book_new (workspace);
  g_autofree char *shape = shape_of (workspace);

  if (g_strcmp0 (shape, self->shape) != 0)
    {
      fill_sources (self, workspace);
      g_free (self->shape);
      self->shape = g_steal_pointer (&shape);
    }
  for (guint i = 0; i < self->rows->len; i++)
    tide_conf_row_update (g_ptr_array_index (self->rows, i), workspace->conf);
  for (guint i = 0; i < self->sources->len; i++)
    tide_conf_row_update (g_ptr_array_index (self->sources, i), workspace->conf);
  for (guint i = 0; i < self->prices->len; i++)
    {
      const PriceRows *rows = &g_array_index (self->prices, PriceRows, i);

      update_price (rows, tide_price_book_get (self->list, rows->name), tide_price_book_get (book, rows->name), workspace);
    }
}

static void
tide_prices_page_finalize (GObject *object)
{
  TidePricesPage *self = TIDE_PRICES_PAGE (object);

  g_array_unref (self->prices);
  g_ptr_array_unref (self->rows);
  g_ptr_array_unref (self->sources);
  g_strfreev (self->platforms);
  g_strfreev (self->platform_titles);
  g_free (self->shape);
  tide_price_book_free (self->list);
  G_OBJECT_CLASS (tide_prices_page_parent_class)->finalize (object);
}

static void
tide_prices_page_class_init (TidePricesPageClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tide_prices_page_finalize;
}

static void
tide_prices_page_init (TidePricesPage *self)
{
  GPtrArray *prices;
  AdwPreferencesGroup *group;

  self->list = tide_price_book_new (NULL);
  self->prices = g_array_new (FALSE, FALSE, sizeof (PriceRows));
  self->rows = g_ptr_array_new ();
  self->sources = g_ptr_array_new ();
  read_platforms (self);
  add_cost (self);
  self->sources_group = add_group (self, _ ("Sources"), _ ("What each needs from elsewhere, that somebody pays for."));
  group = add_group (self, _ ("Price book"), _ ("List prices without tax and discounts. Put yours in their place."));
  prices = tide_price_book_get_prices (self->list);
  for (guint i = 0; i < prices->len; i++)
    add_price (self, group, g_ptr_array_index (prices, i));
}
