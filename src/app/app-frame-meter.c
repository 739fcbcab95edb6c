/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How responsive a window is, told in the log every five seconds: how long its frames took to lay out and draw, by the
 * wall and in CPU of this thread, and how late the main loop came to a timer of 10 ms, which is what a key or a click would
 * have waited.
 * G_MESSAGES_DEBUG=tidemark-frames turns it on. */
#define G_LOG_DOMAIN "tidemark-frames"
#include "app-frame-meter.h"

#include "model.h"

#define POLL_MS 10
#define TELL_US (5 * G_USEC_PER_SEC)

typedef struct
{
  GdkFrameClock *clock;
  GArray *frames, *cpu, *waits; /* double, ms */
  gint64 frame_us, frame_cpu_ns, due_us, told_us;
  guint poll;
} FrameMeter;

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
at (GArray *sorted, double share)
{
  return sorted->len == 0 ? 0 : g_array_index (sorted, double, (guint) (share * (sorted->len - 1)));
}

static void
tell (FrameMeter *meter)
{
  g_array_sort (meter->frames, compare_doubles);
  g_array_sort (meter->cpu, compare_doubles);
  g_array_sort (meter->waits, compare_doubles);
  g_debug ("frames %u p50_ms %.2f p99_ms %.2f longest_ms %.2f cpu_p50_ms %.2f cpu_p99_ms %.2f wait_p99_ms %.2f "
           "wait_longest_ms %.2f",
           meter->frames->len, at (meter->frames, 0.5), at (meter->frames, 0.99), at (meter->frames, 1),
           at (meter->cpu, 0.5), at (meter->cpu, 0.99), at (meter->waits, 0.99), at (meter->waits, 1));
  g_array_set_size (meter->frames, 0);
  g_array_set_size (meter->cpu, 0);
  g_array_set_size (meter->waits, 0);
}

static gboolean
on_poll (void *data)
{
  FrameMeter *meter = data;
  gint64 now_us = g_get_monotonic_time ();
  double late_ms = (double) CLAMP (now_us - meter->due_us, 0, G_MAXINT64) / 1e3;

  g_array_append_val (meter->waits, late_ms);
  if (now_us - meter->told_us >= TELL_US)
    {
      tell (meter);
      meter->told_us = now_us;
    }
  meter->due_us = g_get_monotonic_time () + POLL_MS * 1000;
  return G_SOURCE_CONTINUE;
}

static void
on_before_paint (GdkFrameClock *clock, FrameMeter *meter)
{
  meter->frame_us = g_get_monotonic_time ();
  meter->frame_cpu_ns = tide_thread_cpu_ns ();
}

static void
on_after_paint (GdkFrameClock *clock, FrameMeter *meter)
{
  double took_ms = (double) (g_get_monotonic_time () - meter->frame_us) / 1e3;
  double cpu_ms = (double) (tide_thread_cpu_ns () - meter->frame_cpu_ns) / 1e6;

  g_array_append_val (meter->frames, took_ms);
  g_array_append_val (meter->cpu, cpu_ms);
}

static void
on_realize (GtkWidget *window, FrameMeter *meter)
{
  g_set_object (&meter->clock, gtk_widget_get_frame_clock (window));
  g_signal_connect (meter->clock, "before-paint", G_CALLBACK (on_before_paint), meter);
  g_signal_connect (meter->clock, "after-paint", G_CALLBACK (on_after_paint), meter);
}

static void
on_unrealize (GtkWidget *window, FrameMeter *meter)
{
  if (meter->clock != NULL)
    g_signal_handlers_disconnect_by_data (meter->clock, meter);
  g_clear_object (&meter->clock);
}

static void
meter_free (void *data, GObject *window)
{
  FrameMeter *meter = data;

  on_unrealize (NULL, meter);
  g_source_remove (meter->poll);
  g_array_unref (meter->frames);
  g_array_unref (meter->cpu);
  g_array_unref (meter->waits);
  g_free (meter);
}

/**
 * tide_frame_meter_watch:
 * @window: not realized yet
 *
 * Measures it until it is finalized. Thread: main.
 */
void
tide_frame_meter_watch (GtkWidget *window)
{
  FrameMeter *meter;

  tide_assert_main_thread ();
  if (g_log_writer_default_would_drop (G_LOG_LEVEL_DEBUG, G_LOG_DOMAIN))
    return;
  meter = g_new0 (FrameMeter, 1);
  meter->frames = g_array_new (FALSE, FALSE, sizeof (double));
  meter->cpu = g_array_new (FALSE, FALSE, sizeof (double));
  meter->waits = g_array_new (FALSE, FALSE, sizeof (double));
  meter->told_us = g_get_monotonic_time ();
  meter->due_us = meter->told_us + POLL_MS * 1000;
  meter->poll = g_timeout_add (POLL_MS, on_poll, meter);
  g_signal_connect (window, "realize", G_CALLBACK (on_realize), meter);
  g_signal_connect (window, "unrealize", G_CALLBACK (on_unrealize), meter);
  g_object_weak_ref (G_OBJECT (window), meter_free, meter);
}
