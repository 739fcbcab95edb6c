/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The chart's text: cached Pango layouts in points (so that they follow the desktop's text scale) with
 * tabular figures, and where the names of the series go: beside their last points, spread so that none
 * covers another, or in a legend over the plot when there is no room. A name is also the switch of its series.
 */
#include "app-chart-private.h"

#include "app-format.h"

#include <math.h>
#include <string.h>

#define MOST_TEXTS 400
#define LABEL_AT 14   /* from the plot's edge */
#define MARK_SIZE 8

static const struct
{
  double px;
  PangoWeight weight;
} styles[TIDE_N_TEXTS] = {
  [TIDE_TEXT_TICK] = { 11, PANGO_WEIGHT_NORMAL },   [TIDE_TEXT_LABEL] = { 11.5, PANGO_WEIGHT_NORMAL },
  [TIDE_TEXT_FACT] = { 12, PANGO_WEIGHT_NORMAL },   [TIDE_TEXT_TITLE] = { 13, PANGO_WEIGHT_BOLD },
  [TIDE_TEXT_BOLD] = { 11.5, PANGO_WEIGHT_BOLD },
};

/* The narrow space before a unit rounds to a pixel at these sizes: a little more keeps number and unit apart. */
static void
widen_narrow_spaces (PangoAttrList *attributes, const char *text, TideTextStyle style)
{
  for (const char *at = strstr (text, TIDE_NNBSP); at != NULL; at = strstr (at + 1, TIDE_NNBSP))
    {
      PangoAttribute *spacing = pango_attr_letter_spacing_new ((int) (styles[style].px * 0.1 * PANGO_SCALE));

      spacing->start_index = (guint) (at - text);
      spacing->end_index = spacing->start_index + (guint) strlen (TIDE_NNBSP);
      pango_attr_list_insert (attributes, spacing);
    }
}

PangoLayout *
tide_chart_text (TideChart *self, TideTextStyle style, const char *text, bool is_markup)
{
  g_autofree char *key = g_strdup_printf ("%d%c%s", style, is_markup ? 'm' : 't', text);
  PangoLayout *layout = g_hash_table_lookup (self->texts, key);
  PangoFontDescription *font;
  PangoAttrList *attributes;

  if (layout != NULL)
    return layout;
  if (g_hash_table_size (self->texts) >= MOST_TEXTS)
    g_hash_table_remove_all (self->texts);
  layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), NULL);
  if (is_markup)
    pango_layout_set_markup (layout, text, -1);
  else
    pango_layout_set_text (layout, text, -1);
  font = pango_font_description_copy (pango_context_get_font_description (pango_layout_get_context (layout)));
  pango_font_description_set_size (font, (int) (styles[style].px * 0.75 * PANGO_SCALE));
  pango_font_description_set_weight (font, styles[style].weight);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  attributes = pango_layout_get_attributes (layout);
  attributes = attributes != NULL ? pango_attr_list_copy (attributes) : pango_attr_list_new ();
  pango_attr_list_insert_before (attributes, pango_attr_font_features_new ("tnum=1"));
  widen_narrow_spaces (attributes, pango_layout_get_text (layout), style);
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  g_hash_table_insert (self->texts, g_steal_pointer (&key), layout);
  return layout;
}

void
tide_chart_text_size (TideChart *self, TideTextStyle style, const char *text, double *ret_width, double *ret_height)
{
  int width, height;

  pango_layout_get_pixel_size (tide_chart_text (self, style, text, false), &width, &height);
  if (ret_width != NULL)
    *ret_width = width;
  if (ret_height != NULL)
    *ret_height = height;
}

double
tide_chart_line_height (TideChart *self)
{
  double height;

  tide_chart_text_size (self, TIDE_TEXT_LABEL, "0", NULL, &height);
  return height;
}

double
tide_chart_draw_text (TideChart *self, GtkSnapshot *snapshot, TideTextStyle style, const char *text, bool is_markup,
                      double x, double y, double align_x, double align_y, TideColour colour)
{
  PangoLayout *layout = tide_chart_text (self, style, text, is_markup);
  GdkRGBA rgba = { colour.red, colour.green, colour.blue, colour.alpha };
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) round (x - width * align_x),
                                                          (float) round (y - height * align_y)));
  gtk_snapshot_append_layout (snapshot, layout, &rgba);
  gtk_snapshot_restore (snapshot);
  return width;
}

/* In the order of the data: what is in the legend. */
static void
collect (TideChart *self)
{
  g_array_set_size (self->labels, 0);
  if (self->data == NULL)
    return;
  for (guint i = 0; i < tide_chart_data_get_n_series (self->data); i++)
    {
      const TideChartSeries *series = tide_chart_data_get_series (self->data, i);
      TideChartLabel label = { .series = i, .is_hidden = tide_chart_is_hidden (series->id, self), .y_at = NAN };
      gssize last = tide_chart_series_get_last (series, self->to);

      if (series->label == NULL || series->label[0] == '\0')
        continue;
      if (!label.is_hidden && last >= 0)
        {
          double value = series->top[last];

          /* A stack's name stands in the middle of its layer. */
          if (series->style == TIDE_CHART_STACK && series->base != NULL)
            value = (value + series->base[last]) / 2;
          else if (series->style == TIDE_CHART_STACK)
            value = value / 2;
          label.y_at = CLAMP (tide_chart_y (self, value), self->plot.origin.y,
                              self->plot.origin.y + self->plot.size.height);
        }
      g_array_append_val (self->labels, label);
    }
}

double
tide_chart_layout_legend (TideChart *self, double x, double y, double width)
{
  double line = tide_chart_line_height (self) + 2, at = x, top = y;

  collect (self);
  for (guint i = 0; i < self->labels->len; i++)
    {
      TideChartLabel *label = &g_array_index (self->labels, TideChartLabel, i);
      double text;

      tide_chart_text_size (self, TIDE_TEXT_LABEL, tide_chart_data_get_series (self->data, label->series)->label, &text,
                            NULL);
      text += MARK_SIZE + 6;
      if (at > x && at + text > x + width)
        {
          at = x;
          y += line;
        }
      label->y = y + line / 2;
      graphene_rect_init (&label->area, (float) at, (float) y, (float) text, (float) line);
      at += text + 12;
    }
  return self->labels->len > 0 ? y + line - top + 2 : 0;
}

static int
compare_labels (gconstpointer a, gconstpointer b)
{
  const TideChartLabel *one = a, *two = b;

  /* What is switched off or out of view comes last, in the data's order. */
  if (isnan (one->y_at) || isnan (two->y_at))
    return isnan (one->y_at) && isnan (two->y_at) ? (one->series > two->series) - (one->series < two->series)
                                                  : isnan (one->y_at) - isnan (two->y_at);
  return one->y_at < two->y_at ? -1 : one->y_at > two->y_at ? 1 : (int) one->series - (int) two->series;
}

/* Ordered by last value, at least a line apart, inside the plot; else as near to their points as can be. */
void
tide_chart_layout_gutter (TideChart *self)
{
  double gap = MAX (tide_chart_line_height (self) - 1, 14), above;
  double top = self->plot.origin.y, bottom = top + self->plot.size.height;
  double left = self->plot.origin.x + self->plot.size.width + LABEL_AT;
  TideChartLabel *labels;
  guint n;

  if (!self->has_gutter)
    {
      if (!self->has_legend)
        g_array_set_size (self->labels, 0);
      return;
    }
  collect (self);
  g_array_sort (self->labels, compare_labels);
  labels = (TideChartLabel *) (gpointer) self->labels->data;
  n = self->labels->len;
  above = top - gap;
  for (guint i = 0; i < n; i++)
    {
      labels[i].y = MAX (isnan (labels[i].y_at) ? bottom : labels[i].y_at, above + gap);
      above = labels[i].y;
    }
  /* Up again from the floor, and where a pair was pushed down, half of it back. */
  for (guint i = n; i-- > 0;)
    {
      labels[i].y = MIN (labels[i].y, bottom);
      bottom = labels[i].y - gap;
    }
  for (guint i = 0; i < n; i++)
    graphene_rect_init (&labels[i].area, (float) (left - 4), (float) (labels[i].y - gap / 2),
                        (float) MAX (self->width - left + 4, 1), (float) gap);
}

static void
draw_legend_mark (TideChart *self, GtkSnapshot *snapshot, const TideChartSeries *series, const TideChartLabel *label,
                  TideColour colour)
{
  double x = label->area.origin.x;

  if (series->style == TIDE_CHART_PREVIOUS || series->style == TIDE_CHART_FORECAST)
    tide_chart_draw_rect (snapshot, x, round (label->y), MARK_SIZE, 1, colour);
  else
    tide_chart_draw_text (self, snapshot, TIDE_TEXT_TICK, tide_palette_mark_text (tide_palette_mark_of_role (series->role)),
                          false, x + MARK_SIZE / 2.0, label->y, 0.5, 0.5, colour);
}

void
tide_chart_draw_labels (TideChart *self, GtkSnapshot *snapshot)
{
  for (guint i = 0; i < self->labels->len; i++)
    {
      const TideChartLabel *label = &g_array_index (self->labels, TideChartLabel, i);
      const TideChartSeries *series = tide_chart_data_get_series (self->data, label->series);
      TideRole role = series->style == TIDE_CHART_PREVIOUS   ? TIDE_ROLE_PREVIOUS
                      : series->style == TIDE_CHART_FORECAST ? TIDE_ROLE_FOREGROUND
                                                             : series->role;
      TideColour colour = tide_chart_text_colour (self, role);
      double x = label->area.origin.x + 4;
      g_autofree char *escaped = g_markup_escape_text (series->label, -1);
      g_autofree char *markup = NULL;
      PangoLayout *layout;

      if (label->is_hidden)
        {
          colour = tide_colour_with_alpha (tide_chart_text_colour (self, TIDE_ROLE_DIM), 0.7);
          markup = g_strdup_printf ("<s>%s</s>", escaped);
        }
      if (self->has_legend)
        {
          draw_legend_mark (self, snapshot, series, label,
                            label->is_hidden ? colour : tide_chart_colour (self, role));
          x += MARK_SIZE + 2;
        }
      layout = tide_chart_text (self, TIDE_TEXT_LABEL, markup != NULL ? markup : series->label, markup != NULL);
      if (self->has_gutter)
        {
          pango_layout_set_width (layout, (int) ((self->width - x) * PANGO_SCALE));
          pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
        }
      tide_chart_draw_text (self, snapshot, TIDE_TEXT_LABEL, markup != NULL ? markup : series->label, markup != NULL, x,
                            label->y, 0, 0.5, colour);
    }
}
