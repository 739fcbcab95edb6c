/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every form of the chart on a few pages, to be looked at (and photographed) by whoever changes it:
 *   chart-gallery [--page live|merged|merged-line|historical|states|small|dashboard] [--dark]
 * Not installed, not a test. Data are made up and the same at each start.
 */
#include "app.h"

#include <adwaita.h>
#include <math.h>
#include <string.h>

#define NOW (1794508928.0 * 1e6) /* 2026-11-12T18:42:08Z */
#define MINUTE_US ((double) TIDE_MINUTE)

static char *page = NULL;
static gboolean dark;
static GRand *noise;

static const char *const cities[] = { "Berlin", "Hamburg", "Munich", "Cologne" };

static double
wander (double *state, double level, double width)
{
  *state = *state * 0.93 + g_rand_double_range (noise, -1, 1) * 0.35;
  return level + *state * width;
}

static void
add_line (TideChartData *data, const char *label, uint32_t group, TideChartStyle style, double from, double step, int n,
          double level, double width, double rise)
{
  g_autofree double *x = g_new (double, n), *y = g_new (double, n);
  double state = 0;

  for (int i = 0; i < n; i++)
    {
      double late = MAX (0, i - n * 0.75) / (n * 0.25);

      x[i] = from + i * step;
      y[i] = wander (&state, level, width) + rise * MIN (late * 1.6, 1);
    }
  tide_chart_data_add_series_copy (data, label, label, tide_palette_role_of_group (group), style, x, y, (gsize) n);
}

static GtkWidget *
card (const char *title, TideChart *chart, bool hero)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6), *label;

  if (g_getenv ("GALLERY_FLAT") == NULL)
    gtk_widget_add_css_class (box, "card");
  if (title != NULL)
    {
      label = gtk_label_new (title);
      gtk_label_set_xalign (GTK_LABEL (label), 0);
      gtk_widget_add_css_class (label, "heading");
      gtk_widget_set_margin_top (label, 10);
      gtk_widget_set_margin_start (label, 12);
      gtk_box_append (GTK_BOX (box), label);
    }
  gtk_widget_set_margin_start (GTK_WIDGET (chart), 12);
  gtk_widget_set_margin_end (GTK_WIDGET (chart), 12);
  gtk_widget_set_margin_bottom (GTK_WIDGET (chart), 6);
  gtk_widget_set_margin_top (GTK_WIDGET (chart), title == NULL ? 10 : 0);
  gtk_widget_set_vexpand (GTK_WIDGET (chart), TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (chart), TRUE);
  tide_chart_set_hero (chart, hero);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (chart));
  return box;
}

static TideChart *
new_chart (TideChartAxis *axis, TideChartData *data)
{
  TideChart *chart = TIDE_CHART (tide_chart_new (axis));

  tide_chart_set_data (chart, data);
  return chart;
}

static TideChartAxis *
live_axis (void)
{
  g_autoptr (GTimeZone) berlin = g_time_zone_new_identifier ("Europe/Berlin");
  TideChartAxis *axis = tide_chart_axis_new (berlin);

  tide_chart_axis_set_live (axis, 5 * MINUTE_US);
  tide_chart_axis_set_now (axis, NOW);
  return axis;
}

static TideChartData *
cities_data (const char *title, const double levels[4], double width, double rise)
{
  TideChartData *data = tide_chart_data_new (title, "EUR/min");

  for (uint32_t i = 0; i < 4; i++)
    add_line (data, cities[i], i + 1, TIDE_CHART_LINE, NOW - 299e6, 1e6, 300, levels[i], width, i == 0 ? rise : 0);
  return data;
}

static GtkWidget *
live_page (void)
{
  GtkWidget *grid = gtk_grid_new ();
  TideChartAxis *axis = live_axis ();
  g_autoptr (TideChartData) revenue = cities_data ("Revenue", (double[]){ 6000, 4100, 3200, 1900 }, 900, 0);
  g_autoptr (TideChartData) orders = tide_chart_data_new ("Orders", "/min");
  g_autoptr (TideChartData) delivery = cities_data ("Delivery time", (double[]){ 36, 35, 31, 36 }, 2, 7);
  g_autoptr (TideChartData) failures = tide_chart_data_new ("Payment failures", "%");
  g_autoptr (TideChartData) drivers = cities_data ("Drivers online", (double[]){ 480, 355, 280, 175 }, 9, 0);
  g_autoptr (TideChartData) box = tide_chart_data_new ("Cold-box temperature", "°C");
  TideChartData *all[] = { revenue, orders, delivery, failures, drivers, box };

  add_line (orders, "today", 1, TIDE_CHART_LINE, NOW - 299e6, 1e6, 300, 410, 35, 0);
  add_line (orders, "last Thu", 0, TIDE_CHART_PREVIOUS, NOW - 299e6, 1e6, 300, 385, 22, 0);
  tide_chart_data_add_limit (delivery, TIDE_LIMIT_CRITICAL, 40, "40" TIDE_NNBSP "min");
  tide_chart_data_add_band (delivery, TIDE_BAND_FIRING, NOW - 104e6, INFINITY, NULL);
  add_line (failures, "All", 1, TIDE_CHART_LINE, NOW - 299e6, 1e6, 300, 1.3, 0.25, 1.7);
  tide_chart_data_add_limit (failures, TIDE_LIMIT_CRITICAL, 2, "2" TIDE_NNBSP "%");
  tide_chart_data_add_limit (failures, TIDE_LIMIT_CLEARING, 1.8, NULL);
  tide_chart_data_add_band (failures, TIDE_BAND_PENDING, NOW - 89e6, NOW - 59e6, NULL);
  tide_chart_data_add_band (failures, TIDE_BAND_FIRING, NOW - 59e6, INFINITY, NULL);
  tide_chart_data_set_from_zero (failures, true);
  tide_chart_data_set_from_zero (drivers, true);
  tide_chart_data_set_from_zero (revenue, true);
  add_line (box, "p99", 1, TIDE_CHART_LINE, NOW - 299e6, 1e6, 258, 4.4, 0.35, 0);
  add_line (box, "p50", 3, TIDE_CHART_LINE, NOW - 299e6, 1e6, 258, 2.6, 0.12, 0);
  tide_chart_data_add_band (box, TIDE_BAND_NO_DATA, NOW - 42e6, INFINITY, "no data for 42" TIDE_NNBSP "s");
  gtk_grid_set_row_homogeneous (GTK_GRID (grid), TRUE);
  gtk_grid_set_column_homogeneous (GTK_GRID (grid), TRUE);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 12);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 12);
  for (int i = 0; i < 6; i++)
    gtk_grid_attach (GTK_GRID (grid), card (tide_chart_data_get_title (all[i]), new_chart (axis, all[i]), false), i % 3,
                     i / 3, 1, 1);
  return grid;
}

static TideChartAxis *
six_hours (void)
{
  g_autoptr (GTimeZone) berlin = g_time_zone_new_identifier ("Europe/Berlin");
  TideChartAxis *axis = tide_chart_axis_new (berlin);

  tide_chart_axis_set_home (axis, NOW - 357 * MINUTE_US, NOW + 3 * MINUTE_US);
  return axis;
}

static gboolean
on_next_cut (gpointer data)
{
  TideChart *chart = data;
  const TideChartCut *cut = tide_chart_data_get_cut (tide_chart_get_data (chart));
  g_autoptr (TideChartData) next = tide_chart_data_new ("Revenue", "EUR");
  guint n;
  const TideChartColumn *columns = tide_chart_data_get_columns (tide_chart_get_data (chart), &n);
  double moved = cut->time + 30 * MINUTE_US;

  for (guint i = 0; i < n; i++)
    {
      TideChartColumn column = columns[i];

      if (column.to <= moved && !isnan (column.speed))
        {
          column.batch = (isnan (column.batch) ? 0 : column.batch) + column.speed;
          column.speed = NAN;
        }
      tide_chart_data_add_column (next, &column);
    }
  tide_chart_data_set_cut (next, TIDE_CUT_FULL, moved, cut->seq + 9000, cut->speed_events - 9000);
  tide_chart_set_data (chart, next);
  return G_SOURCE_REMOVE;
}

static GtkWidget *
merged_page (void)
{
  TideChartAxis *axis = six_hours ();
  g_autoptr (TideChartData) data = tide_chart_data_new ("Revenue", "EUR");
  double cut = NOW - 95 * MINUTE_US + 4e6;
  TideChart *chart;

  for (int i = 0; i < 72; i++)
    {
      double from = NOW - 357 * MINUTE_US + i * 5 * MINUTE_US;
      double level = 23000 + g_rand_double_range (noise, -3500, 4500);
      TideChartColumn column = { .from = from, .to = from + 5 * MINUTE_US, .batch = NAN, .speed = NAN, .other = NAN };

      if (column.to <= cut)
        {
          column.batch = level;
          if (i > 30 && i % 3 != 0)
            column.speed = g_rand_double_range (noise, 200, 1500) + (i == 42 ? 3000 : 0);
        }
      else if (from < cut)
        {
          column.batch = 13000;
          column.speed = 17500;
        }
      else
        column.speed = MIN (31000 + (i - 53) * 2600 + g_rand_double_range (noise, -1500, 1500), 74000);
      if (i == 71)
        {
          column.open = true;
          column.speed = 34000;
        }
      tide_chart_data_add_column (data, &column);
    }
  tide_chart_data_set_cut (data, TIDE_CUT_FULL, cut, 48120331, 38412);
  tide_chart_data_set_late (data, "Late for published panes: 214 events, 6,180" TIDE_NNBSP "EUR",
                            "counted by the speed layer until the next roll-up");
  tide_chart_data_set_decimals (data, 2);
  chart = new_chart (axis, data);
  if (g_getenv ("GALLERY_MOVE_CUT") != NULL)
    g_timeout_add_seconds (2, on_next_cut, chart);
  return card (NULL, chart, true);
}

static GtkWidget *
merged_line_page (void)
{
  static const double levels[] = { 31, 28.5, 27, 25.5 };
  g_autoptr (TideChartData) data = tide_chart_data_new ("Delivery time", "min");
  TideChartAxis *axis = six_hours ();

  for (uint32_t i = 0; i < 4; i++)
    add_line (data, cities[i], i + 1, TIDE_CHART_LINE, NOW - 357 * MINUTE_US, 5 * MINUTE_US, 72, levels[i], 0.8,
              i == 0 ? 8 : 1);
  tide_chart_data_add_limit (data, TIDE_LIMIT_CRITICAL, 40, "objective 40" TIDE_NNBSP "min");
  tide_chart_data_set_cut (data, TIDE_CUT_FULL, NOW - 95 * MINUTE_US, 21440902, 71903);
  return card (NULL, new_chart (axis, data), true);
}

static double
lunch_and_dinner (double hour, double level)
{
  return 60 + level * (330 * exp (-pow (hour - 12.7, 2) / 2.4) + 600 * exp (-pow (hour - 19.2, 2) / 3.2));
}

static void
add_weeks (TideChartData *data, const char *label, TideChartStyle style, double from, int hours, double base,
           double factor, double level)
{
  g_autofree double *x = g_new (double, hours), *y = g_new (double, hours);

  for (int i = 0; i < hours; i++)
    {
      x[i] = from + i * (double) TIDE_HOUR;
      y[i] = base + factor * lunch_and_dinner (i % 24, level * (1 + 0.1 * sin (i / 24)))
             * g_rand_double_range (noise, 0.97, 1.03);
    }
  tide_chart_data_add_series_copy (data, label, label, TIDE_ROLE_SERIES_1, style, x, y, (gsize) hours);
}

static GtkWidget *
historical_page (void)
{
  g_autoptr (GTimeZone) berlin = g_time_zone_new_identifier ("Europe/Berlin");
  TideChartAxis *axis = tide_chart_axis_new (berlin);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  g_autoptr (TideChartData) revenue = tide_chart_data_new ("Revenue", "EUR/h");
  g_autoptr (TideChartData) delivery = tide_chart_data_new ("Delivery time p95", "min");
  double from = 1793314800.0 * 1e6;
  TideChart *first, *second;

  tide_chart_axis_set_home (axis, from, from + 14.0 * TIDE_DAY);
  add_weeks (revenue, "this period", TIDE_CHART_AREA, from, 330, 0, 1000, 1);
  add_weeks (revenue, "previous", TIDE_CHART_PREVIOUS, from, 336, 0, 1000, 0.93);
  tide_chart_data_set_cut (revenue, TIDE_CUT_SMALL, from + 329.2 * (double) TIDE_HOUR, 1, 0);
  add_weeks (delivery, "this period", TIDE_CHART_LINE, from, 330, 26, 0.02, 1);
  add_weeks (delivery, "previous", TIDE_CHART_PREVIOUS, from, 336, 27, 0.02, 0.93);
  tide_chart_data_add_limit (delivery, TIDE_LIMIT_CRITICAL, 40, "objective 40" TIDE_NNBSP "min");
  tide_chart_data_set_cut (delivery, TIDE_CUT_SMALL, from + 329.2 * (double) TIDE_HOUR, 1, 0);
  first = new_chart (axis, revenue);
  second = new_chart (axis, delivery);
  tide_chart_set_show_title (first, true);
  tide_chart_set_show_title (second, true);
  tide_chart_set_show_times (first, false);
  gtk_box_append (GTK_BOX (box), card (NULL, first, true));
  gtk_box_append (GTK_BOX (box), card (NULL, second, true));
  tide_chart_axis_set_crosshair (axis, from + 211 * (double) TIDE_HOUR);
  return box;
}

static GtkWidget *
states_page (void)
{
  GtkWidget *grid = gtk_grid_new ();
  TideChartAxis *axis = live_axis (), *paused = live_axis ();
  g_autoptr (TideChartData) fresh = tide_chart_data_new ("Fresh", "/s");
  g_autoptr (TideChartData) lag = tide_chart_data_new ("Catching up", "/s");
  g_autoptr (TideChartData) gap = tide_chart_data_new ("Gap", "/s");
  g_autoptr (TideChartData) capped = tide_chart_data_new ("Capped", "/s");
  g_autoptr (TideChartData) steps = tide_chart_data_new ("Batch metric", "EUR");
  g_autoptr (TideChartData) stack = tide_chart_data_new ("Cost", "USD/h");
  double x[300], y[300], state = 0;
  static const char *const streams[] = { "positions", "orders", "deliveries", "payments", "sensors" };
  TideChartData *all[7];

  tide_chart_axis_set_paused (paused, true);
  add_line (fresh, "All", 1, TIDE_CHART_LINE, NOW - 299e6, 1e6, 300, 62, 8, 0);
  tide_chart_data_set_from_zero (fresh, true);
  add_line (lag, "All", 1, TIDE_CHART_LINE, NOW - 299e6, 1e6, 48, 62, 8, 0);
  tide_chart_data_add_band (lag, TIDE_BAND_LAG, NOW - 252e6, INFINITY, "still to be read");
  tide_chart_data_set_from_zero (lag, true);
  for (int i = 0; i < 300; i++)
    {
      x[i] = NOW - 299e6 + i * 1e6;
      y[i] = i >= 120 && i < 168 ? NAN : wander (&state, 62, 8);
    }
  tide_chart_data_add_series_copy (gap, "All", "All", TIDE_ROLE_SERIES_1, TIDE_CHART_LINE, x, y, 300);
  tide_chart_data_add_band (gap, TIDE_BAND_GAP, x[120], x[167], "gap 48" TIDE_NNBSP "s");
  tide_chart_data_set_from_zero (gap, true);
  add_line (capped, "r-0182", 1, TIDE_CHART_LINE, NOW - 299e6, 1e6, 300, 47, 5, 0);
  add_line (capped, "r-4410", 2, TIDE_CHART_LINE, NOW - 299e6, 1e6, 300, 30, 4, 0);
  add_line (capped, "r-0077", 3, TIDE_CHART_LINE, NOW - 299e6, 1e6, 300, 26, 4, 0);
  add_line (capped, "r-1234 with a long name", 5, TIDE_CHART_LINE, NOW - 299e6, 1e6, 300, 24, 2, 0);
  add_line (capped, "other", 0, TIDE_CHART_LINE, NOW - 299e6, 1e6, 300, 72, 5, 0);
  tide_chart_data_set_from_zero (capped, true);
  add_line (steps, "All", 1, TIDE_CHART_STEPS, NOW - 290e6, 20e6, 15, 4e6, 1e6, 0);
  for (uint32_t i = 0; i < 5; i++)
    add_line (stack, streams[i], i + 1, TIDE_CHART_STACK, NOW - 299e6, 1e6, 270, i == 0 ? 1.8 : 0.5, 0.1, 0);
  add_line (stack, "forecast", 0, TIDE_CHART_FORECAST, NOW - 29e6, 1e6, 29, 3.4, 0.4, 0);
  tide_chart_data_add_limit (stack, TIDE_LIMIT_WARNING, 4.3, "budget 4.3");
  tide_chart_data_add_act (stack, NOW - 150e6, "applied: sensors every 1" TIDE_NNBSP "min");
  all[0] = fresh, all[1] = fresh, all[2] = lag, all[3] = gap, all[4] = capped, all[5] = steps, all[6] = stack;
  gtk_grid_set_row_homogeneous (GTK_GRID (grid), TRUE);
  gtk_grid_set_column_homogeneous (GTK_GRID (grid), TRUE);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 12);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 12);
  for (int i = 0; i < 9; i++)
    {
      TideChart *chart = new_chart (i == 1 ? paused : axis, i < 7 ? all[i] : i == 7 ? NULL : capped);

      if (i == 8)
        tide_chart_set_series_visible (chart, "r-4410", false);
      gtk_grid_attach (GTK_GRID (grid), card (i == 1 ? "Paused" : i == 7 ? "First load" : i == 8 ? "One switched off"
                                              : tide_chart_data_get_title (all[i]), chart, false), i % 3, i / 3, 1, 1);
    }
  return grid;
}

static GtkWidget *
small_page (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12), *row, *small;
  g_autoptr (TideChartData) data = cities_data ("Revenue", (double[]){ 6000, 4100, 3200, 1900 }, 900, 0);

  row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  for (int i = 0; i < 4; i++)
    gtk_box_append (GTK_BOX (row), card ("Revenue", new_chart (live_axis (), data), false));
  gtk_box_set_homogeneous (GTK_BOX (row), TRUE);
  gtk_box_append (GTK_BOX (box), row);
  small = merged_page ();
  gtk_widget_set_hexpand (small, FALSE);
  gtk_widget_set_size_request (small, 340, 300);
  gtk_widget_set_halign (small, GTK_ALIGN_START);
  gtk_box_append (GTK_BOX (box), small);
  return box;
}

/* Six charts of eight series of 3,600 points, every one another ten times a second: for measuring. */
#define DASHBOARD_POINTS 3600

typedef struct
{
  TideChart *charts[6];
  TideChartAxis *axis;
  GBytes *x;
  double *y[48];
  int n;
} Dashboard;

static gboolean
on_dashboard (gpointer user_data)
{
  Dashboard *dashboard = user_data;

  tide_chart_axis_set_now (dashboard->axis, NOW + 1000 * (double) dashboard->n++);
  for (int i = 0; i < 6; i++)
    {
      g_autoptr (TideChartData) data = tide_chart_data_new ("Dashboard", "EUR");

      for (uint32_t s = 0; s < 8; s++)
        {
          double *y = dashboard->y[i * 8 + (int) s];
          g_autofree char *name = g_strdup_printf ("series %u", s);
          g_autoptr (GBytes) bytes = NULL;

          y[dashboard->n % DASHBOARD_POINTS] += 0.5;
          bytes = g_bytes_new (y, DASHBOARD_POINTS * sizeof (double));
          tide_chart_data_add_series (data, name, name, tide_palette_role_of_group (s), TIDE_CHART_LINE, dashboard->x, bytes);
        }
      tide_chart_set_data (dashboard->charts[i], data);
    }
  return G_SOURCE_CONTINUE;
}

static GtkWidget *
dashboard_page (void)
{
  static Dashboard dashboard;
  GtkWidget *grid = gtk_grid_new ();
  double *x = g_new (double, DASHBOARD_POINTS);

  dashboard.axis = live_axis ();
  tide_chart_axis_set_live (dashboard.axis, 60 * MINUTE_US);
  for (int i = 0; i < DASHBOARD_POINTS; i++)
    x[i] = NOW - 3599e6 + i * 1e6;
  dashboard.x = g_bytes_new_take (x, DASHBOARD_POINTS * sizeof (double));
  for (int s = 0; s < 48; s++)
    {
      double state = 0;

      dashboard.y[s] = g_new (double, DASHBOARD_POINTS);
      for (int i = 0; i < DASHBOARD_POINTS; i++)
        dashboard.y[s][i] = wander (&state, 10 + s % 8 * 10, 3);
    }
  gtk_grid_set_row_homogeneous (GTK_GRID (grid), TRUE);
  gtk_grid_set_column_homogeneous (GTK_GRID (grid), TRUE);
  for (int i = 0; i < 6; i++)
    {
      dashboard.charts[i] = new_chart (dashboard.axis, NULL);
      gtk_grid_attach (GTK_GRID (grid), card ("Dashboard", dashboard.charts[i], false), i % 3, i / 3, 1, 1);
    }
  on_dashboard (&dashboard);
  if (g_getenv ("GALLERY_STILL") == NULL)
    g_timeout_add (100, on_dashboard, &dashboard);
  return grid;
}

static void
on_activate (AdwApplication *app)
{
  GtkWidget *window = adw_application_window_new (GTK_APPLICATION (app)), *content;
  const char *name = page != NULL ? page : "live";

  noise = g_rand_new_with_seed (7);
  content = strcmp (name, "merged") == 0        ? merged_page ()
            : strcmp (name, "merged-line") == 0 ? merged_line_page ()
            : strcmp (name, "historical") == 0  ? historical_page ()
            : strcmp (name, "states") == 0      ? states_page ()
            : strcmp (name, "small") == 0       ? small_page ()
            : strcmp (name, "dashboard") == 0   ? dashboard_page ()
                                                : live_page ();
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      dark ? ADW_COLOR_SCHEME_FORCE_DARK : ADW_COLOR_SCHEME_FORCE_LIGHT);
  gtk_widget_set_margin_top (content, 12);
  gtk_widget_set_margin_bottom (content, 12);
  gtk_widget_set_margin_start (content, 12);
  gtk_widget_set_margin_end (content, 12);
  adw_application_window_set_content (ADW_APPLICATION_WINDOW (window), content);
  if (strcmp (name, "dashboard") == 0)
    gtk_window_set_default_size (GTK_WINDOW (window), 1800, 950);
  else
    gtk_window_set_default_size (GTK_WINDOW (window), 1150, strcmp (name, "states") == 0 ? 760 : 540);
  gtk_window_present (GTK_WINDOW (window));
}

int
main (int argc, char *argv[])
{
  const GOptionEntry entries[] = {
    { "page", 0, 0, G_OPTION_ARG_STRING, &page, "Which page", "NAME" },
    { "dark", 0, 0, G_OPTION_ARG_NONE, &dark, "Dark style", NULL },
    { NULL },
  };
  g_autoptr (AdwApplication) app = adw_application_new (NULL, G_APPLICATION_NON_UNIQUE);

  g_application_add_main_option_entries (G_APPLICATION (app), entries);
  g_signal_connect (app, "activate", G_CALLBACK (on_activate), NULL);
  return g_application_run (G_APPLICATION (app), argc, argv);
}
