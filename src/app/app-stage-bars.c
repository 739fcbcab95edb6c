/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way of an event, stage after stage. A bar's parts are each stage's own percentile; percentiles do not add up, so
 * the percentile of the whole way has a mark of its own and the bold number beside the bar. Committing runs beside the
 * way to the screen and is no part of it. */
#include "app-stage-bars.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app-format.h"
#include "app-picture.h"
#include "app-ticks.h"

#define LEFT 38.0
#define RIGHT 74.0
#define BAR_HEIGHT 18.0
#define BELOW 26.0
#define N_QUANTILES 3
#define N_PARTS 4

struct _TideStageBars
{
  GtkWidget parent_instance;

  TideLatencyFacts facts[TIDE_N_STAGES];
  bool has_facts;
};

G_DEFINE_FINAL_TYPE (TideStageBars, tide_stage_bars, GTK_TYPE_WIDGET)

static const struct
{
  TideStage stage;
  double alpha; /* of the foreground */
} parts[N_PARTS] = {
  { TIDE_STAGE_BROKER, 0.68 },
  { TIDE_STAGE_DECODE, 0.34 },
  { TIDE_STAGE_LIVE, 0.52 },
  { TIDE_STAGE_DRAW, 0.18 },
};

static const char *const quantile_words[N_QUANTILES] = { "p50", "p95", "p99" };

const char *
tide_stage_word (TideStage stage)
{
  switch (stage)
    {
    case TIDE_STAGE_BROKER:
      return _ ("broker");
    case TIDE_STAGE_DECODE:
      return _ ("decode");
    case TIDE_STAGE_LIVE:
      return C_ ("stage", "live");
    case TIDE_STAGE_COMMIT:
      return _ ("commit");
    case TIDE_STAGE_DRAW:
      return _ ("draw");
    case TIDE_STAGE_TOTAL:
    case TIDE_N_STAGES:
    default:
      return _ ("in all");
    }
}

double
tide_stage_quantile (const TideLatencyFacts *facts, guint quantile)
{
  return quantile == 0 ? facts->p50_us : quantile == 1 ? facts->p95_us : facts->p99_us;
}

/* A backlog that is caught up is read but not drawn event by event: it is lag, and no part of the way. */
static double
part_of (const TideStageBars *self, guint part, guint quantile)
{
  double took = tide_stage_quantile (&self->facts[parts[part].stage], quantile);
  double total = tide_stage_quantile (&self->facts[TIDE_STAGE_TOTAL], quantile);

  return took > 0 ? fmin (took, total) : 0; /* fmin leaves NAN out */
}

static double
length_of (const TideStageBars *self, guint quantile)
{
  double sum = 0, total = tide_stage_quantile (&self->facts[TIDE_STAGE_TOTAL], quantile);

  for (guint i = 0; i < N_PARTS; i++)
    sum += part_of (self, i, quantile);
  return fmax (sum, total);
}

/* Digits alone: the unit stands at the axis. */
static char *
digits_of (double took_us, double unit_us)
{
  return tide_format_short (took_us / unit_us);
}

typedef struct
{
  TidePicture picture;
  TideStageBars *self;
  double scale; /* px a µs */
  double unit_us;
} Drawing;

static void
draw_axis (const Drawing *drawing, double most)
{
  const TidePicture *picture = &drawing->picture;
  double bottom = picture->height - BELOW, width = picture->width - LEFT - RIGHT;
  TideValueTicks ticks = tide_ticks_for_values (0, most / drawing->unit_us, (guint) CLAMP (width / 70, 3, 6));

  for (guint i = 0; i < ticks.n; i++)
    {
      double value = tide_value_ticks_get (&ticks, i), x = round (LEFT + value * drawing->unit_us * drawing->scale);
      g_autofree char *label = tide_format_tick (value, ticks.step);
      g_autofree char *with_unit = NULL;

      if (value * drawing->unit_us > most * 1.001)
        break;
      tide_picture_set_role (picture, i == 0 ? TIDE_ROLE_AXIS : TIDE_ROLE_GRID, 1);
      cairo_rectangle (picture->cr, x, 0, 1, bottom);
      cairo_fill (picture->cr);
      if (value + ticks.step > most / drawing->unit_us * 1.001)
        with_unit = g_strconcat (label, TIDE_NNBSP, drawing->unit_us >= 1e6 ? _ ("s") : _ ("ms"), NULL);
      tide_picture_set_role (picture, TIDE_ROLE_DIM, 1);
      tide_picture_text (picture, with_unit != NULL ? with_unit : label, x, bottom + 14, 0.5, 11, false);
    }
}

static void
draw_part_text (const Drawing *drawing, guint part, double took, double x, double width, double y)
{
  g_autofree char *text = digits_of (took, drawing->unit_us);
  const TidePicture *picture = &drawing->picture;

  if (tide_picture_text_width (picture, text, 11, false) + 6 > width)
    return;
  tide_picture_set_role (picture, parts[part].alpha > 0.5 ? TIDE_ROLE_SURFACE : TIDE_ROLE_FOREGROUND, 1);
  tide_picture_text (picture, text, x + width / 2, y, 0.5, 11, false);
}

/* Under the longest bar the names of its parts; those too narrow for theirs are named together above it. */
static void
draw_names (const Drawing *drawing, guint quantile, double y)
{
  const TidePicture *picture = &drawing->picture;
  g_autoptr (GString) small = g_string_new (NULL);
  double x = LEFT, first = NAN, last = NAN;

  for (guint i = 0; i < N_PARTS; i++)
    {
      double took = part_of (drawing->self, i, quantile), width = took * drawing->scale;
      const char *word = tide_stage_word (parts[i].stage);

      tide_picture_set_role (picture, TIDE_ROLE_DIM, 1);
      if (width > tide_picture_text_width (picture, word, 11, false) + 4)
        tide_picture_text (picture, word, x + width / 2, y + BAR_HEIGHT / 2 + 9, 0.5, 11, false);
      else if (took > 0)
        {
          g_autofree char *text = digits_of (took, drawing->unit_us);

          g_string_append_printf (small, "%s%s %s", small->len > 0 ? ", " : "", word, text);
          first = isnan (first) ? x : first;
          last = x + width;
        }
      x += width;
    }
  if (small->len > 0)
    {
      double half = tide_picture_text_width (picture, small->str, 11, false) / 2;

      tide_picture_text (picture, small->str, CLAMP ((first + last) / 2, LEFT + half, picture->width - half),
                         y - BAR_HEIGHT / 2 - 8, 0.5, 11, false);
    }
}

static void
draw_bar (const Drawing *drawing, guint quantile, double y)
{
  const TidePicture *picture = &drawing->picture;
  double total = tide_stage_quantile (&drawing->self->facts[TIDE_STAGE_TOTAL], quantile), x = LEFT;
  double top = round (y - BAR_HEIGHT / 2), end = LEFT + length_of (drawing->self, quantile) * drawing->scale;
  g_autofree char *text = isnan (total) ? NULL : tide_format_latency ((TideDuration) total);

  tide_picture_set_role (picture, TIDE_ROLE_FOREGROUND, 1);
  tide_picture_text (picture, quantile_words[quantile], LEFT - 8, y, 1, 12, false);
  for (guint i = 0; i < N_PARTS; i++)
    {
      double took = part_of (drawing->self, i, quantile), width = took * drawing->scale;

      if (width <= 0)
        continue;
      tide_picture_set_role (picture, TIDE_ROLE_FOREGROUND, parts[i].alpha);
      cairo_rectangle (picture->cr, x, top, fmax (width - 1, 1), BAR_HEIGHT);
      cairo_fill (picture->cr);
      draw_part_text (drawing, i, took, x, width, y);
      x += width;
    }
  if (text == NULL)
    return;
  tide_picture_set_role (picture, TIDE_ROLE_FOREGROUND, 1);
  cairo_rectangle (picture->cr, round (LEFT + total * drawing->scale) - 1, top - 3, 2, BAR_HEIGHT + 6);
  cairo_fill (picture->cr);
  tide_picture_text (picture, text, end + 8, y, 0, 12, true);
}

static void
tide_stage_bars_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  TideStageBars *self = TIDE_STAGE_BARS (widget);
  Drawing drawing = { .self = self };
  double most = 0, step;

  drawing.picture = tide_picture_begin (widget, snapshot);
  for (guint i = 0; self->has_facts && i < N_QUANTILES; i++)
    most = fmax (most, length_of (self, i));
  drawing.unit_us = most >= 10e6 ? 1e6 : 1e3;
  most = most > 0 ? most : 100e3;
  drawing.scale = fmax (drawing.picture.width - LEFT - RIGHT, 10) / most;
  draw_axis (&drawing, most);
  step = (drawing.picture.height - BELOW - 12) / N_QUANTILES;
  for (guint i = 0; self->has_facts && i < N_QUANTILES; i++)
    draw_bar (&drawing, i, 4 + step * (i + 0.5));
  if (self->has_facts)
    draw_names (&drawing, N_QUANTILES - 1, 4 + step * (N_QUANTILES - 0.5));
  tide_picture_end (&drawing.picture);
}

static void
tide_stage_bars_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                         int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 240 : 160;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 420 : 160;
}

/* The picture in words. */
static void
describe (TideStageBars *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint q = 0; self->has_facts && q < N_QUANTILES; q++)
    {
      double total = tide_stage_quantile (&self->facts[TIDE_STAGE_TOTAL], q);
      g_autofree char *all = isnan (total) ? g_strdup (TIDE_NO_VALUE) : tide_format_latency ((TideDuration) total);

      g_string_append_printf (text, "%s%s %s:", q > 0 ? "; " : "", quantile_words[q], all);
      for (guint i = 0; i < N_PARTS; i++)
        {
          g_autofree char *took = tide_format_latency ((TideDuration) part_of (self, i, q));

          g_string_append_printf (text, "%s %s %s", i > 0 ? "," : "", tide_stage_word (parts[i].stage), took);
        }
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Latency by stage"),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text->str, -1);
}

static void
tide_stage_bars_class_init (TideStageBarsClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  widget_class->snapshot = tide_stage_bars_snapshot;
  widget_class->measure = tide_stage_bars_measure;
  gtk_widget_class_set_css_name (widget_class, "stagebars");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
tide_stage_bars_init (TideStageBars *self)
{
  tide_picture_watch_style (GTK_WIDGET (self));
}

static bool
is_same (const TideLatencyFacts *a, const TideLatencyFacts *b)
{
  for (guint i = 0; i < TIDE_N_STAGES; i++)
    if (a[i].events != b[i].events)
      return false;
  return true;
}

void
tide_stage_bars_set_facts (TideStageBars *self, const TideLatencyFacts *facts)
{
  bool has_facts = facts != NULL && facts[TIDE_STAGE_BROKER].events > 0;

  if (has_facts == self->has_facts && (!has_facts || is_same (facts, self->facts)))
    return;
  self->has_facts = has_facts;
  for (guint i = 0; has_facts && i < TIDE_N_STAGES; i++)
    self->facts[i] = facts[i];
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
