/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cut: a 2 px line in full foreground from above the plot to below the axis, an inverse pill on top, the
 * layers' names beside it, and a tint on what came after. No other mark looks like it. Where there is not
 * room for all of it the names go first (the pill's numbers after them); the line and the word never do.
 */
#include "app-chart-private.h"

#include "app-format.h"

#include <glib/gi18n.h>
#include <math.h>

static void
draw_small (TideChart *self, GtkSnapshot *snapshot, double x)
{
  TideColour colour = tide_chart_colour (self, TIDE_ROLE_CUT);
  double top = self->plot.origin.y, bottom = top + self->plot.size.height, width;
  double above = MIN (8, top), half;

  tide_chart_text_size (self, TIDE_TEXT_BOLD, _("cut"), &width, &half);
  half /= 2;
  tide_chart_draw_rect (snapshot, round (x), top - above, 1, bottom - top + above, colour);
  tide_chart_draw_text (self, snapshot, TIDE_TEXT_BOLD, _("cut"), false,
                        x - width - 4 >= self->plot.origin.x ? x - 4 : x + 5 + width,
                        MAX (top - above + half, half), 1, 0.5, colour);
}

static void
draw_pill (TideChart *self, GtkSnapshot *snapshot, const char *markup, double height)
{
  TideColour colour = tide_chart_colour (self, TIDE_ROLE_CUT);
  GdkRGBA rgba = { colour.red, colour.green, colour.blue, colour.alpha };
  GskRoundedRect outline;

  gsk_rounded_rect_init_from_rect (&outline, &self->pill, 6);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, &rgba, &self->pill);
  gtk_snapshot_pop (snapshot);
  tide_chart_draw_text (self, snapshot, TIDE_TEXT_LABEL, markup, true,
                        self->pill.origin.x + self->pill.size.width / 2, self->pill.origin.y + height / 2, 0.5, 0.5,
                        tide_chart_colour (self, TIDE_ROLE_CUT_TEXT));
}

static double
markup_width (TideChart *self, const char *markup)
{
  int width;

  pango_layout_get_pixel_size (tide_chart_text (self, TIDE_TEXT_LABEL, markup, true), &width, NULL);
  return width;
}

/* "Cut  18:07:12 · seq 48,120,331", shorter where it must be. */
static char *
pill_markup (TideChart *self, const TideChartCut *cut, double room)
{
  g_autofree char *clock = tide_format_clock ((TideTime) cut->time, tide_chart_axis_get_zone (self->axis), true);
  g_autofree char *seq = tide_format_int (cut->seq);
  g_autofree char *number = g_strdup_printf (_("seq %s"), seq);
  g_autofree char *whole = g_strdup_printf ("<b>%s</b>  %s · %s", _("Cut"), clock, number);
  g_autofree char *half = g_strdup_printf ("<b>%s</b>  %s", _("Cut"), clock);

  if (markup_width (self, whole) <= room)
    return g_steal_pointer (&whole);
  if (markup_width (self, half) <= room)
    return g_steal_pointer (&half);
  return g_strdup_printf ("<b>%s</b>", _("Cut"));
}

static char *
speed_text (const TideChartCut *cut)
{
  g_autofree char *events = tide_format_int ((gint64) cut->speed_events);

  return g_strdup_printf (ngettext ("Speed · %s event", "Speed · %s events", (gulong) cut->speed_events), events);
}

static void
draw_full (TideChart *self, GtkSnapshot *snapshot, const TideChartCut *cut, double x)
{
  TideColour colour = tide_chart_colour (self, TIDE_ROLE_CUT);
  double top = self->plot.origin.y, bottom = top + self->plot.size.height, right = self->width;
  double height = tide_chart_line_height (self) + 6, y = top - height, width, text, room;
  g_autofree char *markup = pill_markup (self, cut, right - 24), *speed = speed_text (cut);
  const char *batch = _("Batch · every event up to here");
  bool is_in_view = x >= self->plot.origin.x - 1 && x <= self->plot.origin.x + self->plot.size.width + 1;

  width = markup_width (self, markup) + 16;
  graphene_rect_init (&self->pill, (float) round (CLAMP (x - width / 2, 0, MAX (right - width, 0))), (float) y,
                      (float) width, (float) height);
  if (is_in_view)
    tide_chart_draw_rect (snapshot, round (x) - 1, y + height / 2, 2, bottom - y - height / 2 + 8, colour);
  else
    {
      /* Out of view: only which layer all of this is. */
      graphene_rect_init (&self->pill, 0, 0, 0, 0);
      tide_chart_draw_text (self, snapshot, TIDE_TEXT_LABEL, x < self->plot.origin.x ? speed : _("Batch"), false,
                            self->plot.origin.x + self->plot.size.width, y + height / 2, 1, 0.5,
                            tide_chart_text_colour (self, x < self->plot.origin.x ? TIDE_ROLE_SPEED : TIDE_ROLE_BATCH));
      return;
    }
  draw_pill (self, snapshot, markup, height);
  /* The unit stands at the left end of this row. */
  room = self->pill.origin.x - 10 - self->plot.origin.x;
  tide_chart_text_size (self, TIDE_TEXT_LABEL, batch, &text, NULL);
  if (text > room)
    {
      batch = _("Batch");
      tide_chart_text_size (self, TIDE_TEXT_LABEL, batch, &text, NULL);
    }
  if (text <= room)
    tide_chart_draw_text (self, snapshot, TIDE_TEXT_LABEL, batch, false, self->pill.origin.x - 10, y + height / 2, 1,
                          0.5, tide_chart_text_colour (self, TIDE_ROLE_BATCH));
  room = right - (self->pill.origin.x + width + 10);
  tide_chart_text_size (self, TIDE_TEXT_LABEL, speed, &text, NULL);
  if (text > room)
    {
      g_free (speed);
      speed = g_strdup (_("Speed"));
      tide_chart_text_size (self, TIDE_TEXT_LABEL, speed, &text, NULL);
    }
  if (text <= room)
    tide_chart_draw_text (self, snapshot, TIDE_TEXT_LABEL, speed, false, self->pill.origin.x + width + 10,
                          y + height / 2, 0, 0.5, tide_chart_text_colour (self, TIDE_ROLE_SPEED));
}

void
tide_chart_draw_cut_tint (TideChart *self, GtkSnapshot *snapshot)
{
  const TideChartCut *cut = tide_chart_data_get_cut (self->data);
  double left = self->plot.origin.x, right = left + self->plot.size.width, x, end;

  if (cut->form != TIDE_CUT_FULL || isnan (self->cut_shown))
    return;
  x = CLAMP (tide_chart_x (self, self->cut_shown), left, right);
  end = right;
  tide_chart_draw_rect (snapshot, round (x), self->plot.origin.y, end - round (x), self->plot.size.height,
                        tide_colour_with_alpha (tide_chart_colour (self, TIDE_ROLE_SPEED), 0.08));
}

void
tide_chart_draw_cut (TideChart *self, GtkSnapshot *snapshot)
{
  const TideChartCut *cut = tide_chart_data_get_cut (self->data);
  double x = tide_chart_x (self, self->cut_shown);

  graphene_rect_init (&self->pill, 0, 0, 0, 0);
  if (cut->form == TIDE_CUT_NONE || isnan (self->cut_shown))
    return;
  if (cut->form == TIDE_CUT_FULL)
    draw_full (self, snapshot, cut, x);
  else if (x >= self->plot.origin.x && x <= self->plot.origin.x + self->plot.size.width)
    draw_small (self, snapshot, x);
}
