/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the chart share: app-chart.c owns the state, -paint the image, -draw the nodes on it,
 * -labels the text and where it goes, -input the pointer and keys, -table what is read aloud. */
#pragma once

#include <adwaita.h>

#include "app-chart.h"
#include "app-raster.h"
#include "app-ticks.h"

G_BEGIN_DECLS

/* Pixels of the image around the plot, so that marks on its edge are whole and leaders have room. */
#define TIDE_CHART_MARGIN 14
#define TIDE_CHART_GUTTER 78
#define TIDE_CHART_MIN_GUTTER_WIDTH 300

typedef enum
{
  TIDE_TEXT_TICK,     /* 11 px */
  TIDE_TEXT_LABEL,    /* 11.5 px */
  TIDE_TEXT_FACT,     /* 12 px */
  TIDE_TEXT_TITLE,    /* 13 px bold */
  TIDE_TEXT_BOLD,     /* 11.5 px bold */
  TIDE_N_TEXTS,
} TideTextStyle;

/* Of one series, in the gutter or the legend. */
typedef struct
{
  guint series;
  bool is_hidden;
  double y_at;           /* the last point; NAN: none in view */
  double y;              /* the label's middle */
  graphene_rect_t area;  /* to click */
} TideChartLabel;

struct _TideChart
{
  GtkWidget parent_instance;

  TideChartAxis *axis;
  TideChartData *data;
  GHashTable *hidden;    /* ids of series switched off */
  bool hero, show_title, show_times;

  /* What was last laid out and painted. */
  TideScheme scheme;
  int width, height, scale;
  double from, to;       /* visible range of the image */
  bool has_range;
  graphene_rect_t plot;
  double title_height, top_height; /* rows over the plot */
  bool has_gutter, has_legend;
  GArray *labels;        /* TideChartLabel */
  TideValueTicks ticks;
  bool has_ticks, has_values;
  gint64 shrink_since;   /* monotonic; 0: the range fits */
  TideTimeTicks times;
  double value_lo, value_hi;
  cairo_surface_t *image, *spare; /* shown, and the one before it */
  bool is_dirty, is_range_new;

  GHashTable *texts;     /* PangoLayout by style and text */

  double cut_shown;      /* slides to the data's; NAN: none */
  AdwAnimation *cut_animation;
  graphene_rect_t pill;
  double drag_from, drag_to; /* x of a span being marked; NAN: none */
  double pointer_x;      /* NAN: outside */
  bool limit_moves;      /* the first limit can be dragged */
  double limit_from;     /* its y when the drag began; NAN: it is not dragged */

  gint64 drawn_at;       /* monotonic */
  guint redraw_source;
  guint describe_source;
};

/* app-chart.c */
double tide_chart_x (TideChart *self, double time);
double tide_chart_time (TideChart *self, double x);
double tide_chart_y (TideChart *self, double value);
bool tide_chart_is_hidden (const char *id, void *chart);
void tide_chart_toggle (TideChart *self, guint series);
void tide_chart_redraw_now (TideChart *self);
TideColour tide_chart_colour (TideChart *self, TideRole role);
TideColour tide_chart_text_colour (TideChart *self, TideRole role);

/* app-chart-labels.c */
PangoLayout *tide_chart_text (TideChart *self, TideTextStyle style, const char *text, bool is_markup); /* borrowed */
void tide_chart_text_size (TideChart *self, TideTextStyle style, const char *text, double *ret_width,
                           double *ret_height);
/* Draws at (x, y): @align_x 0 left .. 1 right, @align_y 0 top .. 1 bottom; returns the width. */
double tide_chart_draw_text (TideChart *self, GtkSnapshot *snapshot, TideTextStyle style, const char *text,
                             bool is_markup, double x, double y, double align_x, double align_y, TideColour colour);
double tide_chart_line_height (TideChart *self);
/* Height that a legend of @width takes; fills the labels' areas from @y on. */
double tide_chart_layout_legend (TideChart *self, double x, double y, double width);
void tide_chart_layout_gutter (TideChart *self);
void tide_chart_draw_labels (TideChart *self, GtkSnapshot *snapshot);

/* app-chart-paint.c */
void tide_chart_paint (TideChart *self);

/* app-chart-draw.c */
void tide_chart_draw (TideChart *self, GtkSnapshot *snapshot);
void tide_chart_draw_rect (GtkSnapshot *snapshot, double x, double y, double width, double height, TideColour colour);

/* app-chart-cut.c */
void tide_chart_draw_cut_tint (TideChart *self, GtkSnapshot *snapshot);
void tide_chart_draw_cut (TideChart *self, GtkSnapshot *snapshot);

/* app-chart-crosshair.c */
void tide_chart_draw_crosshair (TideChart *self, GtkSnapshot *snapshot);

/* app-chart-input.c */
void tide_chart_init_input (TideChart *self);

G_END_DECLS
