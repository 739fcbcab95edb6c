/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The marks of section 6 of the look: drawn, not glyphs, because few fonts have all of them and none at one size.
 * Colour only underlines the shape. The mark itself is decoration for a screen reader: the text beside it speaks. */
#include "app-mark.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#define SIZE 9

struct _TideStateMark
{
  GtkWidget parent_instance;

  TideState state;
  double progress;
};

G_DEFINE_FINAL_TYPE (TideStateMark, tide_state_mark, GTK_TYPE_WIDGET)

TideScheme
tide_app_scheme (void)
{
  AdwStyleManager *style = adw_style_manager_get_default ();

  return tide_palette_scheme (adw_style_manager_get_dark (style), adw_style_manager_get_high_contrast (style));
}

static void
draw (cairo_t *cr, TideState state, double progress, double x, double y, double size)
{
  double r = size / 2, cx = x + r, cy = y + r;
  static const double dashes[] = { 2, 1.6 };

  cairo_set_line_width (cr, 1.5);
  switch (state)
    {
    case TIDE_STATE_GOOD:
      cairo_arc (cr, cx, cy, r - 0.8, 0, 2 * G_PI);
      cairo_fill (cr);
      break;
    case TIDE_STATE_PENDING:
      cairo_arc (cr, cx, cy, r - 0.75, 0, 2 * G_PI);
      cairo_stroke (cr);
      cairo_arc (cr, cx, cy, r - 0.75, G_PI / 2, 3 * G_PI / 2);
      cairo_fill (cr);
      break;
    case TIDE_STATE_TROUBLE:
      cairo_move_to (cr, cx, y);
      cairo_line_to (cr, x + size, y + size - 0.5);
      cairo_line_to (cr, x, y + size - 0.5);
      cairo_close_path (cr);
      cairo_fill (cr);
      break;
    case TIDE_STATE_OFF:
      cairo_set_dash (cr, dashes, 2, 0);
      cairo_arc (cr, cx, cy, r - 0.75, 0, 2 * G_PI);
      cairo_stroke (cr);
      break;
    case TIDE_STATE_DONE:
      cairo_move_to (cr, x + 1, y + 1);
      cairo_line_to (cr, x + size - 1, y + size - 1);
      cairo_move_to (cr, x + size - 1, y + 1);
      cairo_line_to (cr, x + 1, y + size - 1);
      cairo_stroke (cr);
      break;
    case TIDE_STATE_BATCH:
      cairo_rectangle (cr, x + 0.5, y + 0.5, size - 1, size - 1);
      cairo_fill (cr);
      break;
    case TIDE_STATE_RUNNING:
      cairo_arc (cr, cx, cy, r - 0.75, 0, 2 * G_PI);
      cairo_stroke (cr);
      cairo_move_to (cr, cx, cy);
      cairo_arc (cr, cx, cy, r - 0.75, -G_PI / 2, -G_PI / 2 + 2 * G_PI * progress);
      cairo_close_path (cr);
      cairo_fill (cr);
      break;
    case TIDE_STATE_NORMAL:
    default:
      cairo_arc (cr, cx, cy, r - 0.75, 0, 2 * G_PI);
      cairo_stroke (cr);
    }
}

static TideRole
role_of (TideState state)
{
  switch (state)
    {
    case TIDE_STATE_GOOD:
      return TIDE_ROLE_GOOD;
    case TIDE_STATE_PENDING:
      return TIDE_ROLE_WARNING;
    case TIDE_STATE_TROUBLE:
      return TIDE_ROLE_CRITICAL;
    case TIDE_STATE_BATCH:
      return TIDE_ROLE_BATCH;
    case TIDE_STATE_RUNNING:
      return TIDE_ROLE_FOREGROUND;
    case TIDE_STATE_NORMAL:
    case TIDE_STATE_OFF:
    case TIDE_STATE_DONE:
    default:
      return TIDE_ROLE_DIM;
    }
}

static void
tide_state_mark_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  TideStateMark *self = TIDE_STATE_MARK (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height);
  TideColour colour = tide_palette_get (tide_app_scheme (), role_of (self->state));
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &bounds);

  cairo_set_source_rgba (cr, colour.red, colour.green, colour.blue, colour.alpha);
  draw (cr, self->state, self->progress, (width - SIZE) / 2.0, (height - SIZE) / 2.0, SIZE);
  cairo_destroy (cr);
}

static void
tide_state_mark_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                         int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = SIZE;
}

static void
tide_state_mark_class_init (TideStateMarkClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  widget_class->snapshot = tide_state_mark_snapshot;
  widget_class->measure = tide_state_mark_measure;
  gtk_widget_class_set_css_name (widget_class, "statemark");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
tide_state_mark_init (TideStateMark *self)
{
  AdwStyleManager *style = adw_style_manager_get_default ();

  self->state = TIDE_STATE_NORMAL;
  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
  g_signal_connect_object (style, "notify::dark", G_CALLBACK (gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (style, "notify::high-contrast", G_CALLBACK (gtk_widget_queue_draw), self,
                           G_CONNECT_SWAPPED);
}

GtkWidget *
tide_state_mark_new (void)
{
  return g_object_new (TIDE_TYPE_STATE_MARK, NULL);
}

void
tide_state_mark_set_state (TideStateMark *self, TideState state)
{
  if (self->state == state)
    return;
  self->state = state;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
tide_state_mark_set_progress (TideStateMark *self, double progress)
{
  progress = CLAMP (progress, 0, 1);
  if (self->progress == progress)
    return;
  self->progress = progress;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

TideState
tide_state_of_source (const TideSourceStatus *status)
{
  switch (status->state)
    {
    case TIDE_SOURCE_STREAMING:
      return TIDE_STATE_GOOD;
    case TIDE_SOURCE_CATCHING_UP:
    case TIDE_SOURCE_RETRYING:
      return TIDE_STATE_PENDING;
    case TIDE_SOURCE_FAILED:
    case TIDE_SOURCE_STOPPED:
      return TIDE_STATE_TROUBLE;
    case TIDE_SOURCE_OFF:
      return TIDE_STATE_OFF;
    case TIDE_SOURCE_DONE:
      return TIDE_STATE_DONE;
    case TIDE_SOURCE_CONNECTING:
    case TIDE_SOURCE_CONNECTED:
    default:
      return TIDE_STATE_NORMAL;
    }
}

const char *
tide_state_source_word (const TideSourceStatus *status)
{
  switch (status->state)
    {
    case TIDE_SOURCE_STREAMING:
      return _ ("streaming");
    case TIDE_SOURCE_CATCHING_UP:
      return _ ("catching up");
    case TIDE_SOURCE_RETRYING:
      return _ ("trying again");
    case TIDE_SOURCE_FAILED:
      return _ ("failed");
    case TIDE_SOURCE_STOPPED:
      return _ ("stopped");
    case TIDE_SOURCE_OFF:
      return _ ("off");
    case TIDE_SOURCE_DONE:
      return _ ("read to its end");
    case TIDE_SOURCE_CONNECTED:
      return _ ("connected");
    case TIDE_SOURCE_CONNECTING:
    default:
      return _ ("connecting");
    }
}

const char *
tide_state_css_class (TideState state)
{
  return state == TIDE_STATE_PENDING ? "tide-warning" : state == TIDE_STATE_TROUBLE ? "tide-critical" : NULL;
}
