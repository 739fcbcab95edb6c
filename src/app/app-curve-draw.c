/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the advisor's curve looks. */
#include "app-curve-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app-cost-data.h"
#include "app-format.h"

#define LABELS_MAX 24
#define TICKS_MAX 24
#define LABEL_GAP 3

typedef struct
{
  TidePicture picture;
  const TideAdviceCurve *self;
  double left, right, top, bottom;
  graphene_rect_t labels[LABELS_MAX]; /* where text is already */
  guint n_labels;
} Drawing;

static double
x_of (const Drawing *drawing, const TideAdvicePoint *point)
{
  return tide_curve_x (drawing->self, point->usd_per_h * drawing->self->exchange);
}

static double
y_of (const Drawing *drawing, const TideAdvicePoint *point)
{
  return tide_curve_y (drawing->self, point->error);
}

static void
get_accent (const Drawing *drawing)
{
  GdkRGBA accent;

  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  if (!gtk_style_context_lookup_color (gtk_widget_get_style_context (drawing->picture.widget), "accent_color", &accent))
    accent = (GdkRGBA){ 0.11F, 0.44F, 0.85F, 1 };
  G_GNUC_END_IGNORE_DEPRECATIONS
  gdk_cairo_set_source_rgba (drawing->picture.cr, &accent);
}

/* FALSE: it would lie on other text, or beyond the plot. */
static bool
reserve (Drawing *drawing, double x, double y, double width, double height)
{
  graphene_rect_t place = GRAPHENE_RECT_INIT ((float) x - LABEL_GAP, (float) y, (float) width + 2 * LABEL_GAP, (float) height);

  if (x < drawing->left || x + width > drawing->right + TIDE_CURVE_RIGHT || drawing->n_labels == LABELS_MAX)
    return false;
  for (guint i = 0; i < drawing->n_labels; i++)
    if (graphene_rect_intersection (&place, &drawing->labels[i], NULL))
      return false;
  drawing->labels[drawing->n_labels++] = place;
  return true;
}

/* Grid and axes */

/* 1, 2 and 5 of each decade when there are few of them, else the decades. */
static guint
log_ticks (double lo, double hi, double ticks[TICKS_MAX])
{
  static const double steps[] = { 1, 2, 5 };
  double decades = log10 (hi / lo);
  guint n = 0;

  for (double decade = pow (10, floor (log10 (lo))); decade <= hi * 1.0001 && n < TICKS_MAX; decade *= 10)
    for (guint i = 0; i < (decades < 2 ? G_N_ELEMENTS (steps) : 1) && n < TICKS_MAX; i++)
      if (decade * steps[i] >= lo * 0.9999 && decade * steps[i] <= hi * 1.0001)
        ticks[n++] = decade * steps[i];
  return n;
}

static char *
plain_number (double value)
{
  return tide_format_number (value, value < 1 ? (int) CLAMP (ceil (-log10 (value) - 1e-9), 0, 9) : 0);
}

static void
draw_areas (const Drawing *drawing)
{
  const TideAdvice *advice = &drawing->self->what_if.advice;
  const TidePicture *picture = &drawing->picture;
  double y = tide_curve_y (drawing->self, advice->tolerance);

  tide_picture_set_role (picture, TIDE_ROLE_CRITICAL, 0.06);
  cairo_rectangle (picture->cr, drawing->left, drawing->top, drawing->right - drawing->left, y - drawing->top);
  cairo_fill (picture->cr);
  if (!(advice->noise > drawing->self->error_lo))
    return;
  y = tide_curve_y (drawing->self, advice->noise);
  tide_picture_set_role (picture, TIDE_ROLE_FOREGROUND, 0.055);
  cairo_rectangle (picture->cr, drawing->left, y, drawing->right - drawing->left, drawing->bottom - y);
  cairo_fill (picture->cr);
}

static void
draw_axes (const Drawing *drawing)
{
  const TidePicture *picture = &drawing->picture;
  g_autofree char *title = g_strdup_printf (_ ("cost of stream and metric, %s an hour (log)"), drawing->self->currency);
  double ticks[TICKS_MAX], last = -INFINITY;
  guint n = log_ticks (drawing->self->error_lo, drawing->self->error_hi, ticks);

  for (guint i = 0; i < n; i++)
    {
      double y = round (tide_curve_y (drawing->self, ticks[i]));
      g_autofree char *number = plain_number (ticks[i] * 100);
      g_autofree char *label = g_strconcat (number, TIDE_NNBSP "%", NULL);

      tide_picture_set_role (picture, TIDE_ROLE_GRID, 1);
      cairo_rectangle (picture->cr, drawing->left, y, drawing->right - drawing->left, 1);
      cairo_fill (picture->cr);
      tide_picture_set_role (picture, TIDE_ROLE_DIM, 1);
      tide_picture_text (picture, label, drawing->left - 8, y, 1, 11, false);
    }
  tide_picture_set_role (picture, TIDE_ROLE_AXIS, 1);
  cairo_rectangle (picture->cr, drawing->left, round (drawing->bottom), drawing->right - drawing->left, 1);
  cairo_fill (picture->cr);
  n = log_ticks (drawing->self->cost_lo, drawing->self->cost_hi, ticks);
  for (guint i = 0; i < n; i++)
    {
      double x = round (tide_curve_x (drawing->self, ticks[i]));
      g_autofree char *label = plain_number (ticks[i]);
      double half = tide_picture_text_width (picture, label, 11, false) / 2;

      tide_picture_set_role (picture, TIDE_ROLE_GRID, 1);
      cairo_rectangle (picture->cr, x, drawing->top, 1, drawing->bottom - drawing->top);
      cairo_fill (picture->cr);
      tide_picture_set_role (picture, TIDE_ROLE_DIM, 1);
      if (x - half < last + 8)
        continue;
      tide_picture_text (picture, label, x, drawing->bottom + 13, 0.5, 11, false);
      last = x + half;
    }
  tide_picture_text (picture, title, (drawing->left + drawing->right) / 2, drawing->bottom + 31, 0.5, 11, false);
}

static void
draw_tolerance (Drawing *drawing)
{
  static const double dashes[] = { 4, 2.5 };
  const TideAdvice *advice = &drawing->self->what_if.advice;
  const TidePicture *picture = &drawing->picture;
  double y = round (tide_curve_y (drawing->self, advice->tolerance)) + 0.5, width;
  g_autofree char *error = tide_words_of_error (advice->tolerance);
  g_autofree char *label = g_strdup_printf (_ ("tolerance %s"), error);
  g_autofree char *noise = tide_words_of_error (advice->noise);
  g_autofree char *floor = g_strdup_printf (_ ("noise floor %s"), noise);

  tide_picture_set_colour (picture, tide_palette_get_text (picture->scheme, TIDE_ROLE_CRITICAL));
  cairo_set_dash (picture->cr, dashes, 2, 0);
  cairo_set_line_width (picture->cr, drawing->self->is_dragging ? 2 : 1);
  cairo_move_to (picture->cr, drawing->left, y);
  cairo_line_to (picture->cr, drawing->right, y);
  cairo_stroke (picture->cr);
  cairo_set_dash (picture->cr, NULL, 0, 0);
  width = tide_picture_text (picture, label, drawing->right - 4, y - 9, 1, 11.5, false);
  reserve (drawing, drawing->right - 4 - width, y - 17, width, 16);
  if (!(advice->noise > drawing->self->error_lo))
    return;
  y = tide_curve_y (drawing->self, advice->noise);
  tide_picture_set_role (picture, TIDE_ROLE_DIM, 1);
  width = tide_picture_text (picture, floor, drawing->left + 8, MIN (y + 9, drawing->bottom - 8), 0, 11, false);
  reserve (drawing, drawing->left + 8, y + 1, width, 16);
}

/* Points */

static void
draw_line (const Drawing *drawing)
{
  static const double dashes[] = { 3, 3 };
  const TideAdvicePoint *points = drawing->self->what_if.advice.points;
  cairo_t *cr = drawing->picture.cr;

  tide_picture_set_role (&drawing->picture, TIDE_ROLE_FOREGROUND, 0.7);
  cairo_set_line_width (cr, tide_palette_is_contrast (drawing->picture.scheme) ? 2 : 1.3);
  for (guint i = 0; i + 1 < drawing->self->what_if.advice.n_points; i++)
    {
      if (isnan (points[i].error) || isnan (points[i + 1].error))
        continue;
      cairo_set_dash (cr, dashes, points[i].measured && points[i + 1].measured ? 0 : 2, 0);
      cairo_move_to (cr, x_of (drawing, &points[i]), y_of (drawing, &points[i]));
      cairo_line_to (cr, x_of (drawing, &points[i + 1]), y_of (drawing, &points[i + 1]));
      cairo_stroke (cr);
    }
  cairo_set_dash (cr, NULL, 0, 0);
}

static void
draw_dot (const Drawing *drawing, double x, double y, double radius, bool is_full)
{
  cairo_t *cr = drawing->picture.cr;

  cairo_new_path (cr);
  cairo_arc (cr, x, y, radius, 0, 2 * G_PI);
  if (is_full)
    {
      cairo_fill (cr);
      return;
    }
  cairo_save (cr);
  tide_picture_set_role (&drawing->picture, TIDE_ROLE_SURFACE, 1);
  cairo_fill_preserve (cr);
  cairo_restore (cr);
  cairo_set_line_width (cr, 1.4);
  cairo_stroke (cr);
}

/* The curve goes through the rectangle. */
static bool
is_on_curve (const Drawing *drawing, double x, double y, double width, double height)
{
  const TideAdvice *advice = &drawing->self->what_if.advice;

  for (guint i = 0; i + 1 < advice->n_points; i++)
    {
      double x0 = x_of (drawing, &advice->points[i]), y0 = y_of (drawing, &advice->points[i]);
      double dx = x_of (drawing, &advice->points[i + 1]) - x0, dy = y_of (drawing, &advice->points[i + 1]) - y0;
      guint steps = (guint) (hypot (dx, dy) / 4) + 1;

      for (guint k = 0; k <= steps && !isnan (advice->points[i].error) && !isnan (advice->points[i + 1].error); k++)
        {
          double px = x0 + dx * k / steps, py = y0 + dy * k / steps;

          if (px > x && px < x + width && py > y && py < y + height)
            return true;
        }
    }
  return false;
}

/* Beside @x, @y, wherever there is room, rather off the curve than on it; left out where there is none. */
static void
label_point (Drawing *drawing, const char *text, double x, double y, double size, bool bold, bool below)
{
  double width = tide_picture_text_width (&drawing->picture, text, size, bold), height = size + 4;
  const double places[][2] = { { x + 8, y - 9 }, { x - 8 - width, y - 9 }, { x + 8, y + 10 }, { x - 4 - width, y + 13 },
                               { x - width / 2, y + 17 }, { x - width / 2, y - 16 } };

  for (guint n = 0; n < 2 * G_N_ELEMENTS (places); n++)
    {
      guint i = (n + (below ? 3 : 0)) % G_N_ELEMENTS (places);
      double top = places[i][1] - height / 2;

      if (top < drawing->top - 4 || top + height > drawing->bottom
          || (n < G_N_ELEMENTS (places) && is_on_curve (drawing, places[i][0], top, width, height))
          || !reserve (drawing, places[i][0], top, width, height))
        continue;
      tide_picture_text (&drawing->picture, text, places[i][0], places[i][1], 0, size, bold);
      return;
    }
}

static void
draw_points (Drawing *drawing)
{
  const TideAdvice *advice = &drawing->self->what_if.advice;

  for (guint i = 0; i < advice->n_points; i++)
    {
      const TideAdvicePoint *point = &advice->points[i];
      double x = x_of (drawing, point), y = y_of (drawing, point);
      g_autofree char *label = point->every <= TIDE_SECOND ? g_strdup (_ ("real time"))
                               : point->every < TIDE_MINUTE
                                   ? tide_format_with_unit (tide_format_int (point->every / TIDE_SECOND), _ ("s"))
                                   : tide_format_duration (point->every);

      if (isnan (point->error) || (int) i == advice->advised || point->every == advice->every)
        continue;
      tide_picture_set_role (&drawing->picture, TIDE_ROLE_FOREGROUND, point->meets ? 1 : 0.6);
      draw_dot (drawing, x, y, 3, point->meets);
      label_point (drawing, label, x, y, 11.5, false, false);
    }
}

/* Out from today's point along the costs, then into the advised one from the other side of the curve. */
static void
draw_arrow (const Drawing *drawing, double from_x, double from_y, double to_x, double to_y)
{
  cairo_t *cr = drawing->picture.cr;
  double angle = to_y <= from_y ? -G_PI_2 : G_PI_2, tip = to_y - sin (angle) * 10, bend = to_x + (from_x - to_x) * 0.3;

  if (hypot (to_x - from_x, to_y - from_y) < 34)
    return;
  if (fabs (to_y - from_y) < 24) /* side by side */
    {
      angle = to_x < from_x ? G_PI : 0;
      tip = to_y;
    }
  get_accent (drawing);
  cairo_set_line_width (cr, 2);
  cairo_move_to (cr, from_x, from_y);
  if (tip == to_y)
    cairo_line_to (cr, to_x - cos (angle) * 14, tip);
  else
    cairo_curve_to (cr, bend, from_y, to_x, tip + (from_y - tip) * 0.45, to_x, tip);
  cairo_stroke (cr);
  cairo_move_to (cr, to_x - cos (angle) * 8, to_y - sin (angle) * 8);
  cairo_line_to (cr, to_x - cos (angle - 0.42) * 18, to_y - sin (angle - 0.42) * 18);
  cairo_line_to (cr, to_x - cos (angle + 0.42) * 18, to_y - sin (angle + 0.42) * 18);
  cairo_close_path (cr);
  cairo_fill (cr);
}

static char *
figures_of (const Drawing *drawing, const TideAdvicePoint *point)
{
  g_autofree char *error = tide_words_of_error (point->error);
  g_autofree char *money = tide_cost_money (point->usd_per_h * drawing->self->exchange);

  return g_strdup_printf (_ ("%s · %s %s/h"), error, money, drawing->self->currency);
}

/* At the left of the point where there is room, in two lines. */
static void
name_advised (Drawing *drawing, const char *label, const char *figures, double x, double y)
{
  double width = fmax (tide_picture_text_width (&drawing->picture, label, 12, true),
                       tide_picture_text_width (&drawing->picture, figures, 11.5, false));
  bool is_left = x - 14 - width > drawing->left;
  double at = is_left ? x - 14 : x + 14, align = is_left ? 1 : 0;
  double limit = tide_curve_y (drawing->self, drawing->self->what_if.advice.tolerance);

  if (!isnan (limit) && limit > y - 20 && limit < y + 20)
    y = limit + 22; /* below the line of the tolerance */
  y = CLAMP (y, drawing->top + 18, drawing->bottom - 18);
  reserve (drawing, is_left ? at - width : at, y - 17, width, 34);
  tide_picture_text (&drawing->picture, label, at, y - 8, align, 12, true);
  tide_picture_set_role (&drawing->picture, TIDE_ROLE_FOREGROUND, 1);
  tide_picture_text (&drawing->picture, figures, at, y + 8, align, 11.5, false);
}

static void
draw_decision (Drawing *drawing)
{
  const TideAdvice *advice = &drawing->self->what_if.advice;
  const TideAdvicePoint *point = tide_what_if_get_point (&drawing->self->what_if);
  double x = x_of (drawing, &advice->now), y = y_of (drawing, &advice->now);
  g_autofree char *today = tide_words_of_interval (advice->every);
  g_autofree char *now_label = NULL, *money = tide_cost_money (advice->now.usd_per_h * drawing->self->exchange);

  if (point != NULL && point->every != advice->every)
    {
      g_autofree char *interval = tide_words_of_interval (point->every), *figures = figures_of (drawing, point);
      g_autofree char *label = g_strdup_printf (_ ("Advised: %s"), interval);
      double to_x = x_of (drawing, point), to_y = y_of (drawing, point);

      draw_arrow (drawing, x, y, to_x, to_y);
      get_accent (drawing);
      draw_dot (drawing, to_x, to_y, 7, true);
      name_advised (drawing, label, figures, to_x, to_y);
    }
  if (isnan (advice->now.error))
    return;
  now_label = point != NULL && point->every == advice->every ? g_strdup_printf (_ ("Today, and advised: %s"), today)
                                                             : g_strdup_printf (_ ("Today: %s · %s %s/h"), today, money,
                                                                                drawing->self->currency);
  tide_picture_set_role (&drawing->picture, TIDE_ROLE_FOREGROUND, 1);
  draw_dot (drawing, x, y, 6, false);
  if (point != NULL && point->every == advice->every)
    {
      get_accent (drawing);
      draw_dot (drawing, x, y, 4, true);
      tide_picture_set_role (&drawing->picture, TIDE_ROLE_FOREGROUND, 1);
    }
  label_point (drawing, now_label, x, y, 12, true, true);
}

/* The point that the keyboard is at. */
static void
draw_readout (Drawing *drawing)
{
  const TideAdvicePoint *point = &drawing->self->what_if.advice.points[drawing->self->at];
  g_autofree char *interval = tide_words_of_interval (point->every), *figures = figures_of (drawing, point);
  g_autofree char *text = g_strdup_printf ("%s: %s", interval, figures);
  double x = round (x_of (drawing, point));

  tide_picture_set_role (&drawing->picture, TIDE_ROLE_FOREGROUND, 1);
  cairo_rectangle (drawing->picture.cr, x, drawing->top, 1, drawing->bottom - drawing->top);
  cairo_fill (drawing->picture.cr);
  draw_dot (drawing, x + 0.5, y_of (drawing, point), 4, true);
  tide_picture_text (&drawing->picture, text, drawing->left + 8, drawing->top + 10, 0, 12, true);
}

void
tide_curve_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  Drawing drawing = { .self = TIDE_ADVICE_CURVE (widget) };
  const TideAdvice *advice = &drawing.self->what_if.advice;

  drawing.picture = tide_picture_begin (widget, snapshot);
  drawing.left = TIDE_CURVE_LEFT;
  drawing.right = drawing.picture.width - TIDE_CURVE_RIGHT;
  drawing.top = TIDE_CURVE_TOP;
  drawing.bottom = drawing.picture.height - TIDE_CURVE_BOTTOM;
  if (drawing.self->has_advice)
    draw_areas (&drawing);
  if (drawing.self->currency != NULL)
    draw_axes (&drawing);
  if (drawing.self->has_advice)
    {
      draw_tolerance (&drawing);
      draw_line (&drawing);
      draw_decision (&drawing);
      draw_points (&drawing);
    }
  if (drawing.self->has_advice && drawing.self->at >= 0 && !isnan (advice->points[drawing.self->at].error))
    draw_readout (&drawing);
  tide_picture_end (&drawing.picture);
}

void
tide_curve_describe (TideAdviceCurve *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const TideAdvice *advice = &self->what_if.advice;

  for (guint i = 0; self->has_advice && i < advice->n_points; i++)
    {
      const TideAdvicePoint *point = &advice->points[i];
      g_autofree char *interval = tide_words_of_interval (point->every), *error = tide_words_of_error (point->error);
      g_autofree char *money = tide_cost_money (point->usd_per_h * self->exchange);

      if (self->at < 0 || self->at == (int) i)
        g_string_append_printf (text, _ ("%s: %s, %s %s/h. "), interval, error, money, self->currency);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Staleness error against cost"), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text->str,
                                  -1);
}
