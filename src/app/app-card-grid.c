/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The grid of Live. A flow box would size columns by what is in them; here they are equal, their number follows from
 * the width alone, and rows take all of the height, so that a number that grows moves nothing. */
#include "app-card-grid.h"

#define CARD_WIDTH 340
#define MAX_COLUMNS 4
#define GAP 12

struct _TideCardGrid
{
  GtkWidget parent_instance;
};

G_DEFINE_FINAL_TYPE (TideCardGrid, tide_card_grid, GTK_TYPE_WIDGET)

int
tide_card_grid_columns (int width)
{
  return CLAMP (width / CARD_WIDTH, 1, MAX_COLUMNS);
}

static int
count (TideCardGrid *self)
{
  int n = 0;

  for (GtkWidget *card = gtk_widget_get_first_child (GTK_WIDGET (self)); card != NULL;
       card = gtk_widget_get_next_sibling (card))
    n++;
  return n;
}

/* Few cards share the whole width. */
static int
columns_of (int n_cards, int width)
{
  return CLAMP (n_cards, 1, tide_card_grid_columns (width));
}

static GtkSizeRequestMode
tide_card_grid_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
tide_card_grid_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                        int *minimum_baseline, int *natural_baseline)
{
  int most_minimum = 0, most_natural = 0, n = count (TIDE_CARD_GRID (widget));
  int columns = orientation == GTK_ORIENTATION_VERTICAL && for_size > 0 ? columns_of (n, for_size) : 1;
  int rows = (n + columns - 1) / columns;

  for (GtkWidget *card = gtk_widget_get_first_child (widget); card != NULL; card = gtk_widget_get_next_sibling (card))
    {
      int card_minimum, card_natural;

      gtk_widget_measure (card, orientation, -1, &card_minimum, &card_natural, NULL, NULL);
      most_minimum = MAX (most_minimum, card_minimum);
      most_natural = MAX (most_natural, card_natural);
    }
  if (orientation == GTK_ORIENTATION_VERTICAL)
    {
      *minimum = rows * most_minimum + MAX (rows - 1, 0) * GAP;
      *natural = rows * most_natural + MAX (rows - 1, 0) * GAP;
      return;
    }
  *minimum = most_minimum;
  *natural = most_natural;
}

static void
tide_card_grid_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  int n = count (TIDE_CARD_GRID (widget)), columns = columns_of (n, width), i = 0;
  int rows = MAX (1, (n + columns - 1) / columns);

  for (GtkWidget *card = gtk_widget_get_first_child (widget); card != NULL;
       card = gtk_widget_get_next_sibling (card), i++)
    {
      int column = i % columns, row = i / columns;
      int x = column * (width + GAP) / columns, next_x = (column + 1) * (width + GAP) / columns;
      int y = row * (height + GAP) / rows, next_y = (row + 1) * (height + GAP) / rows;
      GtkAllocation allocation = { x, y, next_x - x - GAP, next_y - y - GAP };

      gtk_widget_size_allocate (card, &allocation, -1);
    }
}

static void
tide_card_grid_dispose (GObject *object)
{
  tide_card_grid_clear (TIDE_CARD_GRID (object));
  G_OBJECT_CLASS (tide_card_grid_parent_class)->dispose (object);
}

static void
tide_card_grid_class_init (TideCardGridClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_card_grid_dispose;
  widget_class->get_request_mode = tide_card_grid_get_request_mode;
  widget_class->measure = tide_card_grid_measure;
  widget_class->size_allocate = tide_card_grid_size_allocate;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
tide_card_grid_init (TideCardGrid *self)
{
}

void
tide_card_grid_append (TideCardGrid *self, GtkWidget *card)
{
  gtk_widget_set_parent (card, GTK_WIDGET (self));
}

void
tide_card_grid_clear (TideCardGrid *self)
{
  GtkWidget *card;

  while ((card = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (card);
}
