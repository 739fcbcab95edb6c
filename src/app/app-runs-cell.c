/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A job's runs as bars: the height is the duration against the job's own longest, so that a slow one stands out whatever
 * the job. What failed has a mark on top, what was missed a dashed slot, with an arrow to the run that made up for it;
 * none of it is told by colour alone. The words beside the cell say the same to a screen reader. */
#include "app-runs-cell.h"

#include <adwaita.h>
#include <math.h>

#define NATURAL_WIDTH 230
#define HEIGHT 26
#define BAR_WIDTH 3.0
#define MARK_SIZE 7.0
#define SLOT_WIDTH 5.0
#define SLOT_HEIGHT 12.0

struct _TideRunsCell
{
  GtkWidget parent_instance;

  TideAnalysesAnswer *answer;
  GArray *asleep;
  char *name;
  TideTime now, started;
  double progress;
  bool running, off;
};

G_DEFINE_FINAL_TYPE (TideRunsCell, tide_runs_cell, GTK_TYPE_WIDGET)

typedef struct
{
  cairo_t *cr;
  double width, base; /* y of the line that bars stand on */
  TideTime from, to;
  TideScheme scheme;
} Picture;

static void
set_source (const Picture *picture, TideRole role, double alpha)
{
  TideColour colour = tide_palette_get (picture->scheme, role);

  cairo_set_source_rgba (picture->cr, colour.red, colour.green, colour.blue, colour.alpha * (float) alpha);
}

static double
x_of (const Picture *picture, TideTime time)
{
  return (double) (time - picture->from) / (double) MAX (picture->to - picture->from, 1) * picture->width;
}

static void
draw_asleep (const Picture *picture, const GArray *spans)
{
  set_source (picture, TIDE_ROLE_FOREGROUND, 0.06);
  for (guint i = 0; spans != NULL && i < spans->len; i++)
    {
      const TideTime *span = (const TideTime *) (const void *) spans->data + 2 * i;
      double left = MAX (x_of (picture, span[0]), 0), right = MIN (x_of (picture, span[1]), picture->width);

      if (right > left)
        cairo_rectangle (picture->cr, left, 0, MAX (right - left, 1), picture->base);
    }
  cairo_fill (picture->cr);
}

static void
draw_mark (const Picture *picture, double x)
{
  cairo_move_to (picture->cr, x, 0);
  cairo_line_to (picture->cr, x + MARK_SIZE / 2, MARK_SIZE - 1);
  cairo_line_to (picture->cr, x - MARK_SIZE / 2, MARK_SIZE - 1);
  cairo_close_path (picture->cr);
  cairo_fill (picture->cr);
}

/* Runs closer than a bar is wide are one bar, the longest; failed ones are drawn on top. */
static void
draw_runs (const Picture *picture, const TideJobHistory *history, bool failed)
{
  double most = picture->base - MARK_SIZE - 1, step = BAR_WIDTH + 1;
  int n = (int) (picture->width / step);
  g_autofree double *heights = g_new0 (double, (gsize) MAX (n, 1));

  set_source (picture, failed ? TIDE_ROLE_CRITICAL : TIDE_ROLE_FOREGROUND, failed ? 1 : 0.5);
  for (guint i = 0; i < history->runs->len; i++)
    {
      const TideRun *run = g_ptr_array_index (history->runs, i);
      double x = x_of (picture, run->started);
      int at = CLAMP ((int) floor (x / step), 0, n - 1);

      if (run->ended != TIDE_TIME_NONE && x >= 0 && (run->status == TIDE_RUN_FAILED) == failed)
        heights[at] = fmax (heights[at], fmax (most * (double) (run->ended - run->started)
                                                   / (double) MAX (history->longest, 1), 3));
    }
  for (int i = 0; i < n; i++)
    {
      if (heights[i] <= 0)
        continue;
      cairo_rectangle (picture->cr, i * step, picture->base - heights[i], BAR_WIDTH, heights[i]);
      cairo_fill (picture->cr);
      if (failed)
        draw_mark (picture, i * step + BAR_WIDTH / 2);
    }
}

static void
draw_arrow (const Picture *picture, double from, double to)
{
  double y = picture->base - SLOT_HEIGHT / 2 + 0.5;

  if (to - from < 5)
    return;
  set_source (picture, TIDE_ROLE_FOREGROUND, 0.85);
  cairo_set_line_width (picture->cr, 1);
  cairo_move_to (picture->cr, from, y);
  cairo_line_to (picture->cr, to - 3, y);
  cairo_stroke (picture->cr);
  cairo_move_to (picture->cr, to, y);
  cairo_line_to (picture->cr, to - 4, y - 2.5);
  cairo_line_to (picture->cr, to - 4, y + 2.5);
  cairo_close_path (picture->cr);
  cairo_fill (picture->cr);
}

static void
draw_slot (const Picture *picture, double left, double right)
{
  static const double dashes[] = { 2, 1.5 };

  set_source (picture, TIDE_ROLE_WARNING, 1);
  cairo_set_line_width (picture->cr, 1);
  cairo_set_dash (picture->cr, dashes, 2, 0);
  cairo_rectangle (picture->cr, round (left) + 0.5, picture->base - SLOT_HEIGHT + 0.5, MAX (round (right - left), 1),
                   SLOT_HEIGHT - 1);
  cairo_stroke (picture->cr);
  cairo_set_dash (picture->cr, NULL, 0, 0);
}

/* Slots that touch are one. */
static void
draw_missed (const Picture *picture, const TideJobHistory *history)
{
  for (guint i = 0; i < history->missed->len;)
    {
      const TideMissedSlot *slot = &g_array_index (history->missed, TideMissedSlot, i);
      double left = x_of (picture, slot->due) - SLOT_WIDTH / 2, right = left + SLOT_WIDTH;
      TideTime caught_up = slot->caught_up;

      for (i++; i < history->missed->len; i++)
        {
          slot = &g_array_index (history->missed, TideMissedSlot, i);
          if (x_of (picture, slot->due) - SLOT_WIDTH / 2 > right + 1 || slot->caught_up != caught_up)
            break;
          right = x_of (picture, slot->due) + SLOT_WIDTH / 2;
        }
      if (right < 0)
        continue;
      draw_slot (picture, MAX (left, 0), right);
      if (caught_up != TIDE_TIME_NONE)
        draw_arrow (picture, right + 2, x_of (picture, caught_up) - BAR_WIDTH / 2);
    }
}

static void
draw_running (const Picture *picture, const TideRunsCell *self)
{
  double width = 7, height = picture->base - 2, x = MIN (x_of (picture, self->started), picture->width) - width - 0.5;
  double filled = (height - 4) * CLAMP (self->progress, 0, 1);

  x = MAX (floor (x) + 0.5, 0.5);
  set_source (picture, TIDE_ROLE_FOREGROUND, 1);
  cairo_set_line_width (picture->cr, 1);
  cairo_rectangle (picture->cr, x, picture->base - height + 0.5, width, height - 1);
  cairo_stroke (picture->cr);
  cairo_rectangle (picture->cr, x + 1.5, picture->base - 2 - filled, width - 3, filled);
  cairo_fill (picture->cr);
}

static void
draw_line (const Picture *picture, bool dashed, double from)
{
  static const double dashes[] = { 2, 2 };

  set_source (picture, TIDE_ROLE_AXIS, 1);
  cairo_set_line_width (picture->cr, 1);
  cairo_move_to (picture->cr, 0, picture->base + 0.5);
  cairo_line_to (picture->cr, dashed ? MAX (from, 0) : picture->width, picture->base + 0.5);
  cairo_stroke (picture->cr);
  if (!dashed)
    return;
  set_source (picture, TIDE_ROLE_DIM, 1);
  cairo_set_dash (picture->cr, dashes, 2, 0);
  cairo_move_to (picture->cr, MAX (from, 0), picture->base + 0.5);
  cairo_line_to (picture->cr, picture->width, picture->base + 0.5);
  cairo_stroke (picture->cr);
  cairo_set_dash (picture->cr, NULL, 0, 0);
}

static void
tide_runs_cell_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  TideRunsCell *self = TIDE_RUNS_CELL (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height);
  Picture picture = { .width = width, .base = height - 1, .scheme = tide_app_scheme () };
  const TideJobHistory *history = NULL;

  if (self->answer == NULL || width < 8)
    return;
  picture.cr = gtk_snapshot_append_cairo (snapshot, &bounds);
  picture.from = self->answer->from;
  picture.to = MAX (self->now, self->answer->to);
  picture.from += picture.to - self->answer->to; /* the range ends now */
  history = g_hash_table_lookup (self->answer->histories, self->name);
  draw_asleep (&picture, self->asleep);
  draw_line (&picture, self->off, history != NULL && history->last != NULL ? x_of (&picture, history->last->started) : 0);
  if (history != NULL)
    {
      draw_runs (&picture, history, false);
      draw_missed (&picture, history);
      draw_runs (&picture, history, true);
    }
  if (self->running)
    draw_running (&picture, self);
  cairo_destroy (picture.cr);
}

static void
tide_runs_cell_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                        int *minimum_baseline, int *natural_baseline)
{
  bool across = orientation == GTK_ORIENTATION_HORIZONTAL;

  *minimum = across ? NATURAL_WIDTH / 2 : HEIGHT;
  *natural = across ? NATURAL_WIDTH : HEIGHT;
}

static void
tide_runs_cell_finalize (GObject *object)
{
  TideRunsCell *self = TIDE_RUNS_CELL (object);

  g_clear_pointer (&self->answer, tide_analyses_answer_unref);
  g_clear_pointer (&self->asleep, g_array_unref);
  g_free (self->name);
  G_OBJECT_CLASS (tide_runs_cell_parent_class)->finalize (object);
}

static void
tide_runs_cell_class_init (TideRunsCellClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = tide_runs_cell_finalize;
  widget_class->snapshot = tide_runs_cell_snapshot;
  widget_class->measure = tide_runs_cell_measure;
  gtk_widget_class_set_css_name (widget_class, "runscell");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
tide_runs_cell_init (TideRunsCell *self)
{
  AdwStyleManager *style = adw_style_manager_get_default ();

  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
  g_signal_connect_object (style, "notify::dark", G_CALLBACK (gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (style, "notify::high-contrast", G_CALLBACK (gtk_widget_queue_draw), self,
                           G_CONNECT_SWAPPED);
}

GtkWidget *
tide_runs_cell_new (void)
{
  return g_object_new (TIDE_TYPE_RUNS_CELL, NULL);
}

void
tide_runs_cell_set (TideRunsCell *self, TideAnalysesAnswer *answer, GArray *asleep, const TideJob *job, TideTime now)
{
  if (answer != NULL)
    tide_analyses_answer_ref (answer);
  g_clear_pointer (&self->answer, tide_analyses_answer_unref);
  self->answer = answer;
  if (asleep != NULL)
    g_array_ref (asleep);
  g_clear_pointer (&self->asleep, g_array_unref);
  self->asleep = asleep;
  g_free (self->name);
  self->name = g_strdup (job->name);
  self->running = job->running;
  self->started = job->started;
  self->progress = job->progress;
  self->off = !job->enabled;
  self->now = now;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
