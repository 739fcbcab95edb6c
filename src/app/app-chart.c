/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The chart: its state, its layout, and when it draws. Data and a following axis draw at most ten times a
 * second, and only when the picture would be another one; a person's own zoom or toggle draws at once. The
 * series are an image that is painted when they change; the crosshair moves above it for nothing.
 */
#include "app-chart-private.h"

#include "app-format.h"

#include <math.h>

#define FRAME_US (G_USEC_PER_SEC / 10)
#define SHRINK_AFTER_US (10 * G_USEC_PER_SEC)
#define DESCRIBE_AFTER_S 2

G_DEFINE_FINAL_TYPE (TideChart, tide_chart, GTK_TYPE_WIDGET)

enum
{
  SERIES_TOGGLED,
  CUT_ACTIVATED,
  ACTIVATED,
  LIMIT_MOVED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

double
tide_chart_x (TideChart *self, double time)
{
  return self->plot.origin.x + (time - self->from) / (self->to - self->from) * self->plot.size.width;
}

double
tide_chart_time (TideChart *self, double x)
{
  return self->from + (x - self->plot.origin.x) / self->plot.size.width * (self->to - self->from);
}

double
tide_chart_y (TideChart *self, double value)
{
  return self->plot.origin.y
         + (self->ticks.hi - value) / (self->ticks.hi - self->ticks.lo) * self->plot.size.height;
}

bool
tide_chart_is_hidden (const char *id, void *chart)
{
  return g_hash_table_contains (TIDE_CHART (chart)->hidden, id);
}

TideColour
tide_chart_colour (TideChart *self, TideRole role)
{
  return tide_palette_get (self->scheme, role);
}

TideColour
tide_chart_text_colour (TideChart *self, TideRole role)
{
  return tide_palette_get_text (self->scheme, role);
}

static gboolean
on_redraw (gpointer data)
{
  TideChart *self = data;

  self->redraw_source = 0;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  return G_SOURCE_REMOVE;
}

/* At the next frame that ten a second allow. */
static void
redraw_soon (TideChart *self)
{
  gint64 wait = self->drawn_at + FRAME_US - g_get_monotonic_time ();

  self->is_dirty = true;
  if (self->redraw_source != 0 || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  /* A frame clock of 60 Hz is a little early or late. */
  if (wait <= 8000)
    gtk_widget_queue_draw (GTK_WIDGET (self));
  else
    self->redraw_source = g_timeout_add ((guint) (wait / 1000), on_redraw, self);
}

void
tide_chart_redraw_now (TideChart *self)
{
  self->is_dirty = true;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_range_changed (TideChartAxis *axis, gboolean by_user, TideChart *self)
{
  double from, to;

  tide_chart_axis_get_range (axis, &from, &to);
  if (by_user)
    {
      self->is_range_new = true;
      tide_chart_redraw_now (self);
      return;
    }
  /* A move that no pixel shows is none. */
  if (self->has_range && to - from == self->to - self->from
      && fabs (from - self->from) / (to - from) * self->plot.size.width * self->scale < 0.5)
    return;
  if (self->has_range && fabs ((to - from) / (self->to - self->from) - 1) > 0.01)
    self->is_range_new = true;
  redraw_soon (self);
}

static void
on_relative_changed (TideChart *self)
{
  tide_chart_redraw_now (self);
}

static void
on_crosshair_changed (TideChart *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_style_changed (TideChart *self)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();

  self->scheme = tide_palette_scheme (adw_style_manager_get_dark (manager),
                                      adw_style_manager_get_high_contrast (manager));
  tide_chart_redraw_now (self);
}

/* Greatest of what the data needs now, so that the plot does not jump each second. */
static void
choose_values (TideChart *self)
{
  double lo, hi;
  TideValueTicks ticks;
  gint64 now = g_get_monotonic_time ();
  guint n, most = self->hero ? 5 : self->height >= 130 ? 4 : 3;
  const TideChartLimit *limits;

  self->has_values = self->data != NULL
                     && tide_chart_data_get_value_range (self->data, self->from, self->to, tide_chart_is_hidden, self,
                                                         &lo, &hi);
  if (!self->has_values)
    {
      if (!self->has_ticks)
        self->ticks = tide_ticks_for_values (0, 1, 4);
      return;
    }
  self->value_lo = lo;
  self->value_hi = hi;
  if (tide_chart_data_get_from_zero (self->data))
    {
      lo = MIN (lo, 0);
      hi = MAX (hi, 0);
    }
  limits = tide_chart_data_get_limits (self->data, &n);
  for (guint i = 0; i < n; i++)
    {
      double with_lo = MIN (lo, limits[i].value), with_hi = MAX (hi, limits[i].value);

      /* A limit far away would press the line flat. */
      if (with_hi - with_lo <= MAX (3 * (hi - lo), fabs (limits[i].value)))
        lo = with_lo, hi = with_hi;
    }
  ticks = tide_ticks_for_values (lo, hi, most);
  if (self->has_ticks && !self->is_range_new && lo >= self->ticks.lo && hi <= self->ticks.hi)
    {
      bool fits = ticks.lo == self->ticks.lo && ticks.hi == self->ticks.hi;

      if (fits)
        self->shrink_since = 0;
      else if (self->shrink_since == 0)
        self->shrink_since = now;
      if (fits || now - self->shrink_since < SHRINK_AFTER_US)
        return;
    }
  self->ticks = ticks;
  self->has_ticks = true;
  self->is_range_new = false;
  self->shrink_since = 0;
}

static double
gutter_left (TideChart *self)
{
  double widest = self->hero ? 39 : 29;

  if (self->has_values)
    for (guint i = 0; i < self->ticks.n; i++)
      {
        g_autofree char *text = tide_format_tick (tide_value_ticks_get (&self->ticks, i), self->ticks.step);
        double width;

        tide_chart_text_size (self, TIDE_TEXT_TICK, text, &width, NULL);
        widest = MAX (widest, width);
      }
  return ceil (widest) + 5;
}

static void
choose_times (TideChart *self)
{
  bool relative = tide_chart_axis_is_relative (self->axis);
  double width, span = self->to - self->from;
  guint most;

  tide_chart_text_size (self, TIDE_TEXT_TICK,
                        relative ? TIDE_MINUS "10" : span > 2.0 * TIDE_DAY ? "Wed 30" : "00:00", &width, NULL);
  most = (guint) MAX (self->plot.size.width / (width + (relative || span <= 2.0 * TIDE_DAY ? 15 : 22)), 2);
  tide_time_ticks_clear (&self->times);
  if (!(span > 0))
    return;
  if (relative)
    tide_ticks_for_ages ((TideTime) self->from, (TideTime) self->to, MIN (most, 7), &self->times);
  else
    tide_ticks_for_times ((TideTime) self->from, (TideTime) self->to, tide_chart_axis_get_zone (self->axis),
                          MIN (most, 16), &self->times);
}

/* Rows over the plot: title; then the pill, or the unit, or half a label's height. */
static void
lay_out (TideChart *self)
{
  double line = tide_chart_line_height (self), left, right = 8, bottom, y = 0;
  bool has_labels = self->data != NULL && tide_chart_data_get_n_series (self->data) > 0;
  const TideChartCut *cut = self->data != NULL ? tide_chart_data_get_cut (self->data) : NULL;

  self->has_gutter = has_labels && self->width >= TIDE_CHART_MIN_GUTTER_WIDTH
                     && tide_chart_data_get_n_series (self->data) * (line - 1) + 2 * line < self->height;
  /* One name says nothing that the title does not. */
  self->has_legend = has_labels && !self->has_gutter && tide_chart_data_get_n_series (self->data) > 1;
  self->title_height = self->show_title ? line + 10 : 0;
  y += self->title_height;
  if (self->has_legend)
    y += tide_chart_layout_legend (self, 0, y, self->width);
  if (cut != NULL && cut->form == TIDE_CUT_FULL)
    self->top_height = line + 9;
  else if (self->hero && !self->show_title && self->data != NULL && tide_chart_data_get_unit (self->data) != NULL)
    self->top_height = line + 7;
  else
    self->top_height = self->show_title ? 4 : ceil (line / 2);
  y += self->top_height;
  bottom = self->show_times ? line + 6 : 5;
  left = gutter_left (self);
  if (self->has_gutter)
    right = TIDE_CHART_GUTTER * line / 15;
  graphene_rect_init (&self->plot, (float) left, (float) round (y), (float) MAX (self->width - left - round (right), 8),
                      (float) MAX (round (self->height - y - bottom), 8));
}

static void
update (TideChart *self)
{
  tide_chart_axis_get_range (self->axis, &self->from, &self->to);
  self->has_range = self->to > self->from;
  if (!self->has_range)
    self->to = self->from + 1;
  choose_values (self);
  lay_out (self);
  choose_times (self);
  tide_chart_layout_gutter (self);
  tide_chart_paint (self);
  self->is_dirty = false;
}

static void
tide_chart_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  TideChart *self = TIDE_CHART (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  int scale = gtk_widget_get_scale_factor (widget);

  if (width < 24 || height < 24)
    return;
  if (self->is_dirty || width != self->width || height != self->height || scale != self->scale)
    {
      self->width = width;
      self->height = height;
      self->scale = scale;
      update (self);
      self->drawn_at = g_get_monotonic_time ();
    }
  tide_chart_draw (self, snapshot);
}

static void
tide_chart_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                    int *minimum_baseline, int *natural_baseline)
{
  TideChart *self = TIDE_CHART (widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = 120;
      *natural = self->hero ? 640 : 320;
    }
  else
    *minimum = *natural = self->hero ? 250 : 112;
}

/* Text scale or font changed: every cached layout is another one. */
static void
tide_chart_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  TideChart *self = TIDE_CHART (widget);

  GTK_WIDGET_CLASS (tide_chart_parent_class)->css_changed (widget, change);
  g_hash_table_remove_all (self->texts);
  tide_chart_redraw_now (self);
}

static void
tide_chart_system_setting_changed (GtkWidget *widget, GtkSystemSetting setting)
{
  GTK_WIDGET_CLASS (tide_chart_parent_class)->system_setting_changed (widget, setting);
  g_hash_table_remove_all (TIDE_CHART (widget)->texts);
  tide_chart_redraw_now (TIDE_CHART (widget));
}

static void
tide_chart_dispose (GObject *object)
{
  TideChart *self = TIDE_CHART (object);

  tide_chart_set_axis (self, NULL);
  g_clear_handle_id (&self->redraw_source, g_source_remove);
  g_clear_handle_id (&self->describe_source, g_source_remove);
  g_clear_object (&self->cut_animation);
  g_clear_pointer (&self->data, tide_chart_data_unref);
  g_clear_pointer (&self->image, cairo_surface_destroy);
  g_clear_pointer (&self->spare, cairo_surface_destroy);
  G_OBJECT_CLASS (tide_chart_parent_class)->dispose (object);
}

static void
tide_chart_finalize (GObject *object)
{
  TideChart *self = TIDE_CHART (object);

  g_hash_table_unref (self->hidden);
  g_hash_table_unref (self->texts);
  g_array_unref (self->labels);
  tide_time_ticks_clear (&self->times);
  G_OBJECT_CLASS (tide_chart_parent_class)->finalize (object);
}

static void
tide_chart_class_init (TideChartClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = tide_chart_dispose;
  object_class->finalize = tide_chart_finalize;
  widget_class->snapshot = tide_chart_snapshot;
  widget_class->measure = tide_chart_measure;
  widget_class->css_changed = tide_chart_css_changed;
  widget_class->system_setting_changed = tide_chart_system_setting_changed;
  gtk_widget_class_set_css_name (widget_class, "chart");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  signals[SERIES_TOGGLED] = g_signal_new ("series-toggled", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
  signals[CUT_ACTIVATED] = g_signal_new ("cut-activated", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                         NULL, G_TYPE_NONE, 0);
  signals[ACTIVATED] = g_signal_new ("activated", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 1, G_TYPE_DOUBLE);
  signals[LIMIT_MOVED] = g_signal_new ("limit-moved", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 2, G_TYPE_DOUBLE, G_TYPE_BOOLEAN);
}

static void
tide_chart_init (TideChart *self)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();

  self->hidden = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->labels = g_array_new (FALSE, TRUE, sizeof (TideChartLabel));
  self->show_times = true;
  self->is_dirty = self->is_range_new = true;
  self->cut_shown = self->drag_from = self->drag_to = self->pointer_x = self->limit_from = NAN;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  g_signal_connect_object (manager, "notify::dark", G_CALLBACK (on_style_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (manager, "notify::high-contrast", G_CALLBACK (on_style_changed), self, G_CONNECT_SWAPPED);
  on_style_changed (self);
  tide_chart_init_input (self);
}

GtkWidget *
tide_chart_new (TideChartAxis *axis)
{
  TideChart *self = g_object_new (TIDE_TYPE_CHART, NULL);

  tide_chart_set_axis (self, axis);
  return GTK_WIDGET (self);
}

/* What a screen reader says is behind by a moment: making it ten times a second would serve nobody. */
static gboolean
on_describe (gpointer data)
{
  TideChart *self = data;
  g_autofree char *summary = tide_chart_get_summary (self);

  self->describe_source = 0;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, summary, -1);
  return G_SOURCE_REMOVE;
}

static void
on_cut_moved (double time, gpointer data)
{
  TideChart *self = data;

  self->cut_shown = time;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* The one animation of data: the cut slides to its new place. */
static void
move_cut (TideChart *self, const TideChartCut *cut)
{
  GtkWidget *widget = GTK_WIDGET (self);
  double before = self->cut_shown;

  if (cut->form == TIDE_CUT_NONE || isnan (cut->time) || isnan (before) || before == cut->time
      || !gtk_widget_get_mapped (widget) || !adw_get_enable_animations (widget))
    {
      if (self->cut_animation != NULL)
        adw_animation_skip (self->cut_animation);
      self->cut_shown = cut->form == TIDE_CUT_NONE ? NAN : cut->time;
      return;
    }
  g_clear_object (&self->cut_animation);
  self->cut_animation = adw_timed_animation_new (widget, before, cut->time, 250,
                                                 adw_callback_animation_target_new (on_cut_moved, self, NULL));
  adw_animation_play (self->cut_animation);
}

void
tide_chart_forget_values (TideChart *self)
{
  self->has_ticks = false;
}

/**
 * tide_chart_set_data:
 * @data: (nullable): NULL shows empty axes
 *
 * Takes a reference, and draws when the picture is another one.
 *
 * Thread: main.
 */
void
tide_chart_set_data (TideChart *self, TideChartData *data)
{
  bool is_other;

  if (tide_chart_data_equal (self->data, data))
    return;
  is_other = self->data == NULL || data == NULL
             || g_strcmp0 (tide_chart_data_get_title (self->data), tide_chart_data_get_title (data)) != 0
             || g_strcmp0 (tide_chart_data_get_unit (self->data), tide_chart_data_get_unit (data)) != 0;
  if (is_other)
    self->cut_shown = NAN;
  if (data != NULL)
    {
      tide_chart_data_ref (data);
      move_cut (self, tide_chart_data_get_cut (data));
      if (is_other)
        gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                        tide_chart_data_get_title (data), -1);
    }
  g_clear_pointer (&self->data, tide_chart_data_unref);
  self->data = data;
  self->is_range_new |= is_other;
  if (self->describe_source == 0)
    self->describe_source = g_timeout_add_seconds (DESCRIBE_AFTER_S, on_describe, self);
  redraw_soon (self);
}

TideChartData *
tide_chart_get_data (TideChart *self)
{
  return self->data;
}

void
tide_chart_set_axis (TideChart *self, TideChartAxis *axis)
{
  if (self->axis == axis)
    return;
  if (self->axis != NULL)
    g_signal_handlers_disconnect_by_data (self->axis, self);
  g_set_object (&self->axis, axis);
  if (axis == NULL)
    return;
  g_signal_connect (axis, "range-changed", G_CALLBACK (on_range_changed), self);
  g_signal_connect_swapped (axis, "notify::relative", G_CALLBACK (on_relative_changed), self);
  g_signal_connect_swapped (axis, "notify::crosshair", G_CALLBACK (on_crosshair_changed), self);
  self->is_range_new = true;
  tide_chart_redraw_now (self);
}

TideChartAxis *
tide_chart_get_axis (TideChart *self)
{
  return self->axis;
}

void
tide_chart_set_hero (TideChart *self, bool hero)
{
  self->hero = hero;
  self->is_range_new = self->is_dirty = true;
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
tide_chart_set_show_title (TideChart *self, bool show)
{
  self->show_title = show;
  tide_chart_redraw_now (self);
}

void
tide_chart_set_show_times (TideChart *self, bool show)
{
  self->show_times = show;
  tide_chart_redraw_now (self);
}

void
tide_chart_set_limit_moves (TideChart *self, bool moves)
{
  self->limit_moves = moves;
}

void
tide_chart_set_series_visible (TideChart *self, const char *id, bool visible)
{
  if (tide_chart_get_series_visible (self, id) == visible)
    return;
  if (visible)
    g_hash_table_remove (self->hidden, id);
  else
    g_hash_table_add (self->hidden, g_strdup (id));
  self->is_range_new = true;
  tide_chart_redraw_now (self);
  g_signal_emit (self, signals[SERIES_TOGGLED], 0, id, (gboolean) visible);
}

bool
tide_chart_get_series_visible (TideChart *self, const char *id)
{
  return !g_hash_table_contains (self->hidden, id);
}

void
tide_chart_toggle (TideChart *self, guint series)
{
  const char *id;

  if (self->data == NULL || series >= tide_chart_data_get_n_series (self->data))
    return;
  id = tide_chart_data_get_series (self->data, series)->id;
  tide_chart_set_series_visible (self, id, !tide_chart_get_series_visible (self, id));
}
