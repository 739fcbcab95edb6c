/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Children stand side by side at their natural width, those that expand at their least; the one that does not fit begins a
 * line. What is left of a line goes to its children that expand. (AdwWrapBox is of a later libadwaita.) */
#include "model.h"

#include "app-wrap-box.h"

#define SPACING 8

struct _TideWrapBox
{
  GtkWidget parent_instance;
};

G_DEFINE_FINAL_TYPE (TideWrapBox, tide_wrap_box, GTK_TYPE_WIDGET)

static int
width_of (GtkWidget *child, int most)
{
  int minimum, natural;

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &natural, NULL, NULL);
  if (most < G_MAXINT && gtk_widget_compute_expand (child, GTK_ORIENTATION_HORIZONTAL))
    return minimum;
  return MAX (minimum, MIN (natural, most));
}

static GtkWidget *
next_shown (GtkWidget *child)
{
  while (child != NULL && !gtk_widget_should_layout (child))
    child = gtk_widget_get_next_sibling (child);
  return child;
}

/* The line that begins with @first: how wide its children are together, how many expand, and what comes after it. */
static GtkWidget *
measure_line (GtkWidget *first, int width, int *ret_width, int *ret_n_expand)
{
  GtkWidget *child = first;

  *ret_width = *ret_n_expand = 0;
  while (child != NULL)
    {
      int own = width_of (child, width);

      if (child != first && *ret_width + SPACING + own > width)
        break;
      *ret_width += own + (child != first ? SPACING : 0);
      *ret_n_expand += gtk_widget_compute_expand (child, GTK_ORIENTATION_HORIZONTAL);
      child = next_shown (gtk_widget_get_next_sibling (child));
    }
  return child;
}

/* Lays out the line from @first to before @after at @y, or only measures (@y < 0); its height. */
static int
place_line (TideWrapBox *self, GtkWidget *first, GtkWidget *after, int width, int used, int n_expand, int y, int height)
{
  bool mirrored = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  int x = 0, spare = MAX (width - used, 0), most = 0;

  for (GtkWidget *child = first; child != after; child = next_shown (gtk_widget_get_next_sibling (child)))
    {
      int own = width_of (child, width), minimum, natural;

      if (gtk_widget_compute_expand (child, GTK_ORIENTATION_HORIZONTAL) && n_expand > 0)
        {
          int part = spare / n_expand--;

          own += part;
          spare -= part;
        }
      gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, own, &minimum, &natural, NULL, NULL);
      most = MAX (most, natural);
      if (y >= 0)
        gtk_widget_size_allocate (child, &(GtkAllocation){ mirrored ? width - x - own : x, y, own, height }, -1);
      x += own + SPACING;
    }
  return most;
}

static int
height_for_width (TideWrapBox *self, int width)
{
  int height = 0;

  for (GtkWidget *child = next_shown (gtk_widget_get_first_child (GTK_WIDGET (self))), *after; child != NULL;
       child = after)
    {
      int used, n_expand;

      after = measure_line (child, width, &used, &n_expand);
      height += (height > 0 ? SPACING : 0) + place_line (self, child, after, width, used, n_expand, -1, 0);
    }
  return height;
}

static void
tide_wrap_box_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                       int *minimum_baseline, int *natural_baseline)
{
  if (orientation == GTK_ORIENTATION_VERTICAL)
    {
      *minimum = *natural = height_for_width (TIDE_WRAP_BOX (widget), for_size >= 0 ? for_size : G_MAXINT / 2);
      return;
    }
  *minimum = *natural = 0;
  for (GtkWidget *child = next_shown (gtk_widget_get_first_child (widget)); child != NULL;
       child = next_shown (gtk_widget_get_next_sibling (child)))
    {
      *minimum = MAX (*minimum, width_of (child, 0));
      *natural += width_of (child, G_MAXINT) + (*natural > 0 ? SPACING : 0);
    }
}

static void
tide_wrap_box_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  TideWrapBox *self = TIDE_WRAP_BOX (widget);
  int y = 0;

  for (GtkWidget *child = next_shown (gtk_widget_get_first_child (widget)), *after; child != NULL; child = after)
    {
      int used, n_expand, line;

      after = measure_line (child, width, &used, &n_expand);
      line = place_line (self, child, after, width, used, n_expand, -1, 0);
      place_line (self, child, after, width, used, n_expand, y, line);
      y += line + SPACING;
    }
}

static GtkSizeRequestMode
tide_wrap_box_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
tide_wrap_box_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (tide_wrap_box_parent_class)->dispose (object);
}

static void
tide_wrap_box_class_init (TideWrapBoxClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_wrap_box_dispose;
  widget_class->measure = tide_wrap_box_measure;
  widget_class->size_allocate = tide_wrap_box_size_allocate;
  widget_class->get_request_mode = tide_wrap_box_get_request_mode;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
tide_wrap_box_init (TideWrapBox *self)
{
}
