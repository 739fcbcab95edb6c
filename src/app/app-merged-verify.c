/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verify. The work reads every stored event on a worker and may take minutes; the worker leaves its progress under a
 * lock where the pane's tick reads it, so no callback crosses threads. A result stays until another metric is chosen or
 * it is verified again; a difference is never replaced by a later answer. When part of it came from the folded base
 * because its events were deleted, the text says so. */
#include "app-merged-verify.h"

#include <glib/gi18n.h>

#include "app-facts.h"
#include "app-format.h"
#include "app-shown.h"

#define MOST_DIFFERENCES 5

/* Shared with the worker. */
typedef struct
{
  TideQuery query;     /* owns its metric */
  GMutex lock;         /* of what follows */
  gint permille;
  gint64 events;
} Job;

struct _TideMergedVerify
{
  AdwBin parent_instance;

  GtkLabel *mark, *title, *text;
  GtkButton *verify, *stop, *copy;
  GtkProgressBar *bar;
  GtkGrid *facts, *differences;

  TidePipeline *pipeline;
  TideQuery query;
  Job *job;
  GCancellable *cancellable;
  char *report; /* CSV of the differences */
};

G_DEFINE_FINAL_TYPE (TideMergedVerify, tide_merged_verify, ADW_TYPE_BIN)

static Job *
job_new (const TideQuery *query)
{
  Job *job = g_atomic_rc_box_new0 (Job);

  job->query = *query;
  tide_metric_ref (query->metric);
  g_mutex_init (&job->lock);
  return job;
}

static void
job_clear (Job *job)
{
  tide_metric_unref (job->query.metric);
  g_mutex_clear (&job->lock);
}

static void
job_release (void *job)
{
  g_atomic_rc_box_release_full (job, (GDestroyNotify) job_clear);
}

static void
on_progress (double fraction, uint64_t events, void *data)
{
  Job *job = data;

  g_mutex_lock (&job->lock);
  job->permille = (gint) (fraction * 1000);
  job->events = (gint64) events;
  g_mutex_unlock (&job->lock);
}

static void *
verify (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  Job *job = data;

  return tide_serving_verify (tide_pipeline_get_serving (pipeline), &job->query, on_progress, job, cancellable, error);
}

static void
set_state (TideMergedVerify *self, const char *mark, const char *css_class, const char *title, const char *text)
{
  static const char *const classes[] = { "tide-critical", "tide-warning", "tide-good" };

  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    {
      gtk_widget_remove_css_class (GTK_WIDGET (self->mark), classes[i]);
      gtk_widget_remove_css_class (GTK_WIDGET (self->title), classes[i]);
    }
  if (css_class != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self->mark), css_class);
  if (g_strcmp0 (css_class, "tide-critical") == 0)
    gtk_widget_add_css_class (GTK_WIDGET (self->title), css_class);
  gtk_label_set_text (self->mark, mark);
  gtk_widget_set_visible (GTK_WIDGET (self->mark), *mark != '\0');
  gtk_label_set_text (self->title, title);
  gtk_label_set_text (self->text, text);
  gtk_widget_set_visible (GTK_WIDGET (self->text), *text != '\0');
}

static void
clear_details (TideMergedVerify *self)
{
  GtkWidget *child;

  for (int row = 0; row < 2; row++)
    tide_facts_set (self->facts, row, "", NULL);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->differences))) != NULL)
    gtk_grid_remove (self->differences, child);
  gtk_widget_set_visible (GTK_WIDGET (self->differences), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->copy), FALSE);
  g_clear_pointer (&self->report, g_free);
}

static void
show_idle (TideMergedVerify *self)
{
  clear_details (self);
  set_state (self, "", NULL, _ ("Verify"), _ ("Recomputes this view from all stored events and compares, pane by pane."));
  gtk_widget_set_visible (GTK_WIDGET (self->bar), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->stop), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->verify), TRUE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->verify), self->query.metric != NULL);
  gtk_button_set_label (self->verify, _ ("_Verify"));
}

static void
attach (TideMergedVerify *self, int column, int row, const char *text, bool is_value)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_widget_add_css_class (label, "tide-fact");
  gtk_widget_add_css_class (label, "numeric");
  gtk_label_set_xalign (GTK_LABEL (label), is_value ? 1 : 0);
  gtk_widget_set_hexpand (label, column == 1);
  if (column == 1)
    gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_grid_attach (self->differences, label, column, row, 1, 1);
}

/* What the batch layer says too much or too little: the exact difference where both are exact. */
static TideValue
difference_of (TideValue merged, TideValue recomputed)
{
  if (merged.kind == TIDE_VALUE_EXACT && recomputed.kind == TIDE_VALUE_EXACT && merged.scale == recomputed.scale)
    return tide_value_exact (merged.exact - recomputed.exact, merged.scale);
  if (merged.kind == TIDE_VALUE_NONE || recomputed.kind == TIDE_VALUE_NONE)
    return (TideValue){ 0 };
  return tide_value_real (tide_value_to_double (merged) - tide_value_to_double (recomputed));
}

static char *
group_label (const TideVerification *found, uint32_t group)
{
  const TideGroup *entry = group == TIDE_GROUP_TOTAL || group == TIDE_GROUP_OTHER
                               ? NULL
                               : tide_groups_get (found->groups, group);

  if (entry == NULL || entry->values[0].data == NULL)
    return g_strdup (group == TIDE_GROUP_OTHER ? _ ("other") : _ ("All"));
  return g_strndup (entry->values[0].data, entry->values[0].len);
}

static void
show_differences (TideMergedVerify *self, const TideVerification *found)
{
  GTimeZone *zone = self->query.metric->zone;
  g_autoptr (GOutputStream) stream = g_memory_output_stream_new_resizable ();
  g_autoptr (TideCsv) csv = tide_csv_new (stream);
  static const char *const titles[] = { "pane", "group", "merged", "recomputed" };

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    tide_csv_text (csv, titles[i], -1);
  tide_csv_end_row (csv, NULL);
  for (guint i = 0; i < found->differences->len; i++)
    {
      const TideDifference *at = &g_array_index (found->differences, TideDifference, i);
      g_autofree char *group = group_label (found, at->group);

      tide_csv_time (csv, at->pane);
      tide_csv_text (csv, group, -1);
      tide_csv_value (csv, at->merged);
      tide_csv_value (csv, at->recomputed);
      tide_csv_end_row (csv, NULL);
      if (i < MOST_DIFFERENCES)
        {
          g_autofree char *clock = tide_format_clock (at->pane, zone, false);
          g_autofree char *value = tide_shown_number (self->query.metric, difference_of (at->merged, at->recomputed));

          attach (self, 0, (int) i, clock, false);
          attach (self, 1, (int) i, group, false);
          attach (self, 2, (int) i, value, true);
        }
    }
  tide_csv_finish (csv, NULL); /* into memory: it can't fail */
  g_output_stream_write_all (stream, "", 1, NULL, NULL, NULL);
  g_output_stream_close (stream, NULL, NULL);
  self->report = g_memory_output_stream_steal_data (G_MEMORY_OUTPUT_STREAM (stream));
  gtk_widget_set_visible (GTK_WIDGET (self->differences), found->differences->len > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->copy), TRUE);
}

static char *
describe (const TideVerification *found, GTimeZone *zone)
{
  g_autofree char *events = tide_format_int ((gint64) found->events), *seq = tide_format_int (found->seq);
  g_autofree char *took = tide_format_duration (found->took), *clock = tide_format_clock (found->time, zone, true);

  return g_strdup_printf (found->from_base ? _ ("From the folded base and all %s stored events, up to seq %s, in %s, at %s.")
                                           : _ ("From all %s stored events, up to seq %s, in %s, at %s."),
                          events, seq, took, clock);
}

static void
show_found (TideMergedVerify *self, const TideVerification *found)
{
  const TideMetric *metric = self->query.metric;
  g_autofree char *merged = tide_shown_value (metric, found->merged);
  g_autofree char *recomputed = tide_shown_value (metric, found->recomputed);
  g_autofree char *text = describe (found, self->query.metric->zone);
  g_autofree char *by = NULL, *title = NULL, *where = NULL;

  show_idle (self);
  gtk_button_set_label (self->verify, _ ("_Verify again"));
  if (found->equal)
    set_state (self, "✓", "tide-good", _ ("Equal"), text);
  else
    {
      by = tide_shown_value (metric, difference_of (found->merged, found->recomputed));
      title = g_strdup_printf (_ ("Differs by %s"), by);
      where = g_strdup_printf (_ ("%u of the values in %u panes differ. %s"), found->n_differences, found->panes, text);
      set_state (self, "✕", "tide-critical", title, where);
      show_differences (self, found);
    }
  tide_facts_set (self->facts, 0, _ ("Merged"), merged);
  tide_facts_set (self->facts, 1, _ ("Recomputed"), recomputed);
}

/* Who waits for which job: after Stop or another metric it is not the current one. References to both. */
typedef struct
{
  TideMergedVerify *self;
  Job *job;
} Waiting;

static void
on_verified (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Waiting *waiting = data;
  g_autoptr (TideMergedVerify) self = waiting->self;
  g_autoptr (GError) error = NULL;
  g_autoptr (TideVerification) found = tide_pipeline_run_finish (TIDE_PIPELINE (source), result, &error);
  bool is_stale = self->job != waiting->job;

  job_release (waiting->job);
  if (is_stale)
    return;
  g_clear_pointer (&self->job, job_release);
  g_clear_object (&self->cancellable);
  if (found != NULL)
    show_found (self, found);
  else
    {
      show_idle (self);
      set_state (self, "⊖", "tide-critical", _ ("Could not verify"), error->message);
    }
}

static void
on_verify (TideMergedVerify *self)
{
  Waiting *waiting;

  if (self->job != NULL || self->pipeline == NULL || self->query.metric == NULL)
    return;
  clear_details (self);
  set_state (self, "", NULL, _ ("Verifying"), "");
  gtk_progress_bar_set_fraction (self->bar, 0);
  gtk_widget_set_visible (GTK_WIDGET (self->bar), TRUE);
  gtk_widget_set_visible (GTK_WIDGET (self->stop), TRUE);
  gtk_widget_set_visible (GTK_WIDGET (self->verify), FALSE);
  gtk_widget_grab_focus (GTK_WIDGET (self->stop));
  self->job = job_new (&self->query);
  self->cancellable = g_cancellable_new ();
  waiting = g_new (Waiting, 1);
  *waiting = (Waiting){ .self = g_object_ref (self), .job = g_atomic_rc_box_acquire (self->job) };
  tide_pipeline_run_async (self->pipeline, verify, g_atomic_rc_box_acquire (self->job), job_release,
                           (GDestroyNotify) tide_verification_free, self->cancellable, on_verified, waiting);
}

static void
stop (TideMergedVerify *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->job, job_release);
}

static void
on_stop (TideMergedVerify *self)
{
  stop (self);
  show_idle (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->verify));
}

static void
on_copy (TideMergedVerify *self)
{
  if (self->report == NULL)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->report);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", _ ("Differences copied as CSV"));
}

void
tide_merged_verify_tick (TideMergedVerify *self)
{
  g_autofree char *events = NULL;
  gint permille;
  gint64 n;

  if (self->job == NULL)
    return;
  g_mutex_lock (&self->job->lock);
  permille = self->job->permille;
  n = self->job->events;
  g_mutex_unlock (&self->job->lock);
  events = tide_format_int (n);
  gtk_progress_bar_set_fraction (self->bar, CLAMP (permille / 1000.0, 0, 1));
  tide_facts_set (self->facts, 0, _ ("Events read"), events);
}

void
tide_merged_verify_set_query (TideMergedVerify *self, TidePipeline *pipeline, const TideQuery *query)
{
  TideMetric *metric = query != NULL ? query->metric : NULL;
  bool is_same = pipeline == self->pipeline && metric != NULL && self->query.metric != NULL
                 && g_str_equal (metric->name, self->query.metric->name)
                 && g_str_equal (metric->version, self->query.metric->version);

  if (!is_same)
    stop (self);
  g_set_object (&self->pipeline, pipeline);
  if (metric != NULL)
    tide_metric_ref (metric);
  g_clear_pointer (&self->query.metric, tide_metric_unref);
  self->query = query != NULL ? *query : (TideQuery){ 0 };
  if (!is_same)
    show_idle (self);
}

static void
tide_merged_verify_dispose (GObject *object)
{
  TideMergedVerify *self = TIDE_MERGED_VERIFY (object);

  stop (self);
  g_clear_object (&self->pipeline);
  g_clear_pointer (&self->query.metric, tide_metric_unref);
  g_clear_pointer (&self->report, g_free);
  G_OBJECT_CLASS (tide_merged_verify_parent_class)->dispose (object);
}

static void
tide_merged_verify_class_init (TideMergedVerifyClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_merged_verify_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-merged-verify.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, TideMergedVerify, name)
  BIND (mark);
  BIND (title);
  BIND (text);
  BIND (verify);
  BIND (stop);
  BIND (copy);
  BIND (bar);
  BIND (facts);
  BIND (differences);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_verify);
  gtk_widget_class_bind_template_callback (widget_class, on_stop);
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
}

static void
tide_merged_verify_init (TideMergedVerify *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  show_idle (self);
}
