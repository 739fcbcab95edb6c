/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Test connection. The probe runs on a worker; each step travels to the main loop on its own, so that a row is there
 * the moment its step has ended. A run that is no longer wanted (a new one, or the page has gone) is cancelled and what
 * still arrives of it is dropped by its generation. The samples become proposed fields on the same worker. */
#include "app-probe-rows.h"

#include "app-format.h"
#include "app-mark.h"
#include "app-preferences-private.h"

#include <glib/gi18n.h>
#include <string.h>

#define SAMPLES_MAX 100

/* Shared by worker and main thread (an atomic rc box). */
typedef struct
{
  GWeakRef rows;
  guint generation;
  char *dir, *text, *name, *secret;
  bool decode;
  GPtrArray *samples; /* GBytes*; the worker's */
  GCancellable *cancellable;
} Run;

typedef struct
{
  Run *run;
  TideProbeStep *step;
} Arrival;

typedef struct
{
  GPtrArray *fields;
  guint n_samples;
} Found;

struct _TideProbeRows
{
  AdwPreferencesGroup parent_instance;

  GtkWidget *button;
  GtkWidget *waiting;  /* row "Testing…" */
  GPtrArray *rows;     /* borrowed */
  GCancellable *cancellable;
  guint generation;
  GPtrArray *fields;
  guint n_samples;
};

G_DEFINE_FINAL_TYPE (TideProbeRows, tide_probe_rows, ADW_TYPE_PREFERENCES_GROUP)

enum
{
  START,
  SAMPLED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
run_clear (void *data)
{
  Run *run = data;

  g_weak_ref_clear (&run->rows);
  g_free (run->dir);
  g_free (run->text);
  g_free (run->name);
  if (run->secret != NULL)
    explicit_bzero (run->secret, strlen (run->secret));
  g_free (run->secret);
  g_ptr_array_unref (run->samples);
  g_object_unref (run->cancellable);
}

static void
run_release (void *run)
{
  g_atomic_rc_box_release_full (run, run_clear);
}

static void
found_free (void *data)
{
  Found *found = data;

  g_ptr_array_unref (found->fields);
  g_free (found);
}

/* Rows */

static void
clear (TideProbeRows *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self), g_ptr_array_index (self->rows, i));
  g_ptr_array_set_size (self->rows, 0);
  self->waiting = NULL;
}

static void
add_row (TideProbeRows *self, GtkWidget *row)
{
  g_ptr_array_add (self->rows, row);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
}

static GtkWidget *
new_mark (TideStepState state)
{
  GtkWidget *mark;

  if (state == TIDE_STEP_OK || state == TIDE_STEP_WARNING)
    {
      mark = gtk_image_new_from_icon_name (state == TIDE_STEP_OK ? "object-select-symbolic" : "dialog-warning-symbolic");
      gtk_widget_add_css_class (mark, state == TIDE_STEP_OK ? "tide-good" : "tide-warning");
      return mark;
    }
  if (state == TIDE_STEP_FAILED)
    {
      mark = gtk_image_new_from_icon_name ("window-close-symbolic");
      gtk_widget_add_css_class (mark, "tide-critical");
      return mark;
    }
  mark = tide_state_mark_new ();
  tide_state_mark_set_state (TIDE_STATE_MARK (mark), TIDE_STATE_OFF);
  gtk_widget_set_size_request (mark, 16, -1);
  return mark;
}

static void
add_step (TideProbeRows *self, const TideProbeStep *step)
{
  static const char *const words[] = {
    [TIDE_STEP_OK] = N_ ("passed"),
    [TIDE_STEP_WARNING] = N_ ("works, but"),
    [TIDE_STEP_FAILED] = N_ ("failed"),
    [TIDE_STEP_SKIPPED] = N_ ("not tried"),
  };
  const char *detail = step->detail != NULL ? step->detail : step->state == TIDE_STEP_SKIPPED ? _ ("Not tried") : NULL;
  GtkWidget *row = tide_preferences_row_new (step->title, detail);
  g_autofree char *took = step->took >= 0 ? tide_format_latency (step->took) : g_strdup (TIDE_NO_VALUE);
  g_autofree char *spoken = g_strdup_printf ("%s: %s. %s", _ (words[step->state]), step->title,
                                             detail != NULL ? detail : "");
  GtkWidget *label = gtk_label_new (step->took >= 0 || step->state == TIDE_STEP_SKIPPED ? took : "");

  gtk_widget_add_css_class (label, "numeric");
  gtk_widget_add_css_class (label, "dim-label");
  gtk_widget_add_css_class (label, "caption");
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), new_mark (step->state));
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), label);
  if (step->state == TIDE_STEP_SKIPPED)
    gtk_widget_add_css_class (row, "dim-label");
  tide_preferences_name (row, spoken);
  if (self->waiting != NULL)
    {
      g_ptr_array_remove (self->rows, self->waiting);
      adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self), self->waiting);
      self->waiting = NULL;
    }
  add_row (self, row);
}

static void
add_waiting (TideProbeRows *self)
{
  GtkWidget *mark = tide_state_mark_new ();

  self->waiting = tide_preferences_row_new (_ ("Testing…"), _ ("This takes 15 s at most"));
  gtk_widget_set_size_request (mark, 16, -1);
  adw_action_row_add_prefix (ADW_ACTION_ROW (self->waiting), mark);
  add_row (self, self->waiting);
}

/* The way back to the main thread */

static gboolean
on_arrival (void *data)
{
  Arrival *arrival = data;
  g_autoptr (TideProbeRows) self = g_weak_ref_get (&arrival->run->rows);

  if (self != NULL && self->generation == arrival->run->generation)
    {
      add_step (self, arrival->step);
      if (arrival->step->state == TIDE_STEP_OK || arrival->step->state == TIDE_STEP_WARNING)
        add_waiting (self);
    }
  tide_probe_step_free (arrival->step);
  run_release (arrival->run);
  g_free (arrival);
  return G_SOURCE_REMOVE;
}

/* Thread: worker. */
static void
take_step (TideProbeStep *step, void *data)
{
  Arrival *arrival = g_new0 (Arrival, 1);

  arrival->run = g_atomic_rc_box_acquire (data);
  arrival->step = step;
  g_main_context_invoke (NULL, on_arrival, arrival);
}

/* Thread: worker. */
static void
take_sample (GBytes *payload, const TideEventMeta *meta, void *data)
{
  Run *run = data;

  if (run->samples->len < SAMPLES_MAX)
    g_ptr_array_add (run->samples, g_bytes_new (g_bytes_get_data (payload, NULL), g_bytes_get_size (payload)));
}

/* Thread: worker. */
static void *
probe (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  Run *run = data;
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  g_autoptr (TideWorkspace) workspace
      = tide_workspace_parse (run->dir, run->text, tide_pipeline_catalog (), problems);
  TideSourceDef *def = tide_workspace_get_source (workspace, run->name);
  const TideStream *stream = def != NULL ? tide_workspace_get_stream (workspace, def->stream) : NULL;
  Found *found;

  if (def == NULL)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "%s",
                   problems->len > 0 ? ((TideProblem *) g_ptr_array_index (problems, 0))->message
                                     : _ ("The settings are not complete"));
      return NULL;
    }
  if (run->secret == NULL && def->spec->secret)
    run->secret = tide_secret_lookup (run->dir, def);
  tide_source_probe (&(TideProbe){
      .dir = run->dir,
      .def = def,
      .stream = run->decode ? stream : NULL,
      .secret = run->secret,
      .max_samples = SAMPLES_MAX,
      .cancellable = cancellable,
      .step = take_step,
      .sample = take_sample,
      .data = run,
  });
  found = g_new0 (Found, 1);
  found->n_samples = run->samples->len;
  found->fields = tide_detect_fields (stream != NULL ? stream->format : TIDE_FORMAT_JSON, run->samples);
  return found;
}

static void
on_probed (GObject *object, GAsyncResult *result, void *data)
{
  Run *run = data;
  g_autoptr (TideProbeRows) self = g_weak_ref_get (&run->rows);
  g_autoptr (GError) error = NULL;
  Found *found = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error);

  if (self != NULL && self->generation == run->generation)
    {
      gtk_button_set_label (GTK_BUTTON (self->button), _ ("Test again"));
      gtk_widget_set_sensitive (self->button, TRUE);
      if (self->waiting != NULL)
        {
          g_ptr_array_remove (self->rows, self->waiting);
          adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self), self->waiting);
          self->waiting = NULL;
        }
      if (error != NULL)
        tide_probe_rows_fail (self, _ ("The settings can’t be used"), error->message);
      if (found != NULL)
        {
          g_clear_pointer (&self->fields, g_ptr_array_unref);
          self->fields = g_ptr_array_ref (found->fields);
          self->n_samples = found->n_samples;
          g_signal_emit (self, signals[SAMPLED], 0);
        }
    }
  g_clear_pointer (&found, found_free);
  run_release (run);
}

/* Public */

void
tide_probe_rows_run (TideProbeRows *self, TidePipeline *pipeline, const TideConf *conf, const char *name,
                     const char *secret, bool decode)
{
  Run *run = g_atomic_rc_box_new0 (Run);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  g_weak_ref_init (&run->rows, self);
  run->generation = ++self->generation;
  run->dir = g_strdup (tide_pipeline_get_dir (pipeline));
  run->text = tide_conf_to_text (conf);
  run->name = g_strdup (name);
  run->secret = g_strdup (secret);
  run->decode = decode;
  run->samples = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  run->cancellable = g_object_ref (self->cancellable);
  clear (self);
  add_waiting (self);
  gtk_widget_set_sensitive (self->button, FALSE);
  tide_pipeline_run_async (pipeline, probe, g_atomic_rc_box_acquire (run), run_release, found_free, self->cancellable,
                           on_probed, run);
}

void
tide_probe_rows_fail (TideProbeRows *self, const char *title, const char *detail)
{
  TideProbeStep step = { .state = TIDE_STEP_FAILED, .title = (char *) title, .detail = (char *) detail, .took = -1 };

  clear (self);
  add_step (self, &step);
}

GPtrArray *
tide_probe_rows_get_fields (TideProbeRows *self, guint *ret_n_samples)
{
  *ret_n_samples = self->n_samples;
  return self->fields;
}

static void
on_button (TideProbeRows *self)
{
  g_signal_emit (self, signals[START], 0);
}

static void
tide_probe_rows_dispose (GObject *object)
{
  TideProbeRows *self = TIDE_PROBE_ROWS (object);

  self->generation++;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->fields, g_ptr_array_unref);
  G_OBJECT_CLASS (tide_probe_rows_parent_class)->dispose (object);
}

static void
tide_probe_rows_finalize (GObject *object)
{
  g_ptr_array_unref (TIDE_PROBE_ROWS (object)->rows);
  G_OBJECT_CLASS (tide_probe_rows_parent_class)->finalize (object);
}

static void
tide_probe_rows_class_init (TideProbeRowsClass *class)
{
  G_OBJECT_CLASS (class)->dispose = tide_probe_rows_dispose;
  G_OBJECT_CLASS (class)->finalize = tide_probe_rows_finalize;
  signals[START] = g_signal_new ("start", TIDE_TYPE_PROBE_ROWS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SAMPLED]
      = g_signal_new ("sampled", TIDE_TYPE_PROBE_ROWS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tide_probe_rows_init (TideProbeRows *self)
{
  self->rows = g_ptr_array_new ();
  self->button = gtk_button_new_with_label (_ ("Test connection"));
  gtk_widget_add_css_class (self->button, "flat");
  gtk_widget_set_valign (self->button, GTK_ALIGN_CENTER);
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self), _ ("Connection"));
  adw_preferences_group_set_header_suffix (ADW_PREFERENCES_GROUP (self), self->button);
  g_signal_connect_swapped (self->button, "clicked", G_CALLBACK (on_button), self);
  add_row (self, tide_preferences_row_new (_ ("Not tested yet"), _ ("The source can be added without a test")));
}
