/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schema drift as a list: one row a change, told by a sign and words. It is what the sources' decoders sampled since they
 * started, so it comes with the status and costs nothing to look at. */
#include "app-quality-drift.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-format.h"

struct _TideQualityDrift
{
  AdwBin parent_instance;

  GtkBox *rows;
  GtkLabel *nothing, *note;
  char *shown; /* what the rows say */
  TidePipeline *pipeline;
  char *stream;
};

G_DEFINE_FINAL_TYPE (TideQualityDrift, tide_quality_drift, ADW_TYPE_BIN)

static GtkWidget *
label_new (const char *text, const char *css_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  return label;
}

static char *
describe (const TideDrift *drift)
{
  g_autofree char *type = drift->type != TIDE_TYPE_NONE ? tide_type_to_string (drift->type, drift->scale) : g_strdup (_ ("empty"));
  g_autofree char *since = tide_format_date_time (drift->first_seen, NULL);
  g_autofree char *share = tide_format_share (drift->sampled > 0 ? (double) drift->count / (double) drift->sampled : 0);
  g_autofree char *example = drift->example != NULL ? g_strdup_printf (_ (", such as %s"), drift->example) : g_strdup ("");

  switch (drift->kind)
    {
    case TIDE_DRIFT_VANISHED:
      return g_strdup_printf (_ ("vanished, missing since %s"), since);
    case TIDE_DRIFT_CHANGED:
      return g_strdup_printf (_ ("now also %s, since %s\nin %s of events%s"), type, since, share, example);
    case TIDE_DRIFT_NEW:
    default:
      return g_strdup_printf (_ ("new %s field, since %s\nin %s of events%s"), type, since, share, example);
    }
}

static const char *
sign_of (TideDriftKind kind)
{
  return kind == TIDE_DRIFT_NEW ? "+" : kind == TIDE_DRIFT_CHANGED ? "≠" : "−";
}

/* --- into the schema --- */

typedef struct
{
  char *stream;
  TideDrift *drift;
} Addition;

static void
addition_free (void *data)
{
  Addition *addition = data;

  g_free (addition->stream);
  tide_drift_free (addition->drift);
  g_free (addition);
}

/* Thread: worker. */
static void *
add_field (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const Addition *addition = data;

  return tide_pipeline_add_field (pipeline, addition->stream, addition->drift, error) ? g_strdup (addition->drift->path) : NULL;
}

static void
on_added (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideQualityDrift) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error);
  g_autofree char *text = path != NULL ? g_strdup_printf (_ ("%s is in the schema, and filled from now on"), path) : g_strdup (error->message);

  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", text);
}

static void
on_add (GtkWidget *button, TideQualityDrift *self)
{
  const TideDrift *drift = g_object_get_data (G_OBJECT (button), "tide-drift");
  Addition *addition;

  if (self->pipeline == NULL || self->stream == NULL)
    return;
  gtk_widget_set_sensitive (button, FALSE);
  addition = g_new0 (Addition, 1);
  addition->stream = g_strdup (self->stream);
  addition->drift = tide_drift_copy (drift);
  tide_pipeline_run_async (self->pipeline, add_field, addition, addition_free, g_free, NULL, on_added, g_object_ref (self));
}

/* NULL: there is nothing that one click could do. */
static GtkWidget *
button_new (TideQualityDrift *self, const TideDrift *drift)
{
  g_autofree char *spoken = NULL;
  GtkWidget *button;

  if (drift->kind == TIDE_DRIFT_VANISHED || drift->type == TIDE_TYPE_NONE)
    return NULL;
  button = gtk_button_new_with_label (drift->kind == TIDE_DRIFT_NEW ? _ ("Add field") : _ ("Change type"));
  spoken = g_strdup_printf ("%s: %s", gtk_button_get_label (GTK_BUTTON (button)), drift->path);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "tide-row-button");
  gtk_widget_set_tooltip_text (button, _ ("Write it into the workspace; what runs takes it up at once"));
  g_object_set_data_full (G_OBJECT (button), "tide-drift", tide_drift_copy (drift), (GDestroyNotify) tide_drift_free);
  g_signal_connect (button, "clicked", G_CALLBACK (on_add), self);
  return button;
}

/* --- rows --- */

static void
add_row (TideQualityDrift *self, const TideDrift *drift)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10), *words = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *sign = gtk_label_new (sign_of (drift->kind)), *path = label_new (drift->path, "monospace");
  g_autofree char *text = describe (drift);
  GtkWidget *detail = label_new (text, "tide-fact"), *button = button_new (self, drift);

  gtk_widget_add_css_class (sign, "heading");
  gtk_widget_add_css_class (path, "tide-strong");
  gtk_widget_add_css_class (detail, "tide-dim");
  gtk_widget_set_hexpand (words, TRUE);
  gtk_box_append (GTK_BOX (words), path);
  gtk_box_append (GTK_BOX (words), detail);
  gtk_box_append (GTK_BOX (row), sign);
  gtk_box_append (GTK_BOX (row), words);
  if (button != NULL)
    gtk_box_append (GTK_BOX (row), button);
  gtk_box_append (self->rows, row);
}

static void
clear (TideQualityDrift *self)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->rows))) != NULL)
    gtk_box_remove (self->rows, child);
}

void
tide_quality_drift_set (TideQualityDrift *self, TidePipeline *pipeline, const TideStatus *status, const char *stream)
{
  g_autoptr (GPtrArray) drifts = g_ptr_array_new ();
  g_autoptr (GString) all = g_string_new (stream);

  for (guint i = 0; stream != NULL && status != NULL && i < status->n_sources; i++)
    if (strcmp (status->sources[i].stream, stream) == 0 && status->sources[i].status.drift != NULL)
      g_ptr_array_extend (drifts, status->sources[i].status.drift, NULL, NULL);
  for (guint i = 0; i < drifts->len; i++)
    {
      const TideDrift *drift = g_ptr_array_index (drifts, i);
      g_autofree char *text = describe (drift);

      g_string_append_printf (all, "\n%s %d %s", drift->path, (int) drift->kind, text);
    }
  g_set_object (&self->pipeline, pipeline);
  if (g_strcmp0 (all->str, self->shown) == 0)
    return;
  g_free (self->stream);
  self->stream = g_strdup (stream);
  g_free (self->shown);
  self->shown = g_strdup (all->str);
  clear (self);
  for (guint i = 0; i < drifts->len; i++)
    add_row (self, g_ptr_array_index (drifts, i));
  gtk_widget_set_visible (GTK_WIDGET (self->nothing), drifts->len == 0);
  gtk_widget_set_visible (GTK_WIDGET (self->note), drifts->len > 0);
}

static void
tide_quality_drift_dispose (GObject *object)
{
  TideQualityDrift *self = TIDE_QUALITY_DRIFT (object);

  g_clear_object (&self->pipeline);
  g_clear_pointer (&self->shown, g_free);
  g_clear_pointer (&self->stream, g_free);
  G_OBJECT_CLASS (tide_quality_drift_parent_class)->dispose (object);
}

static void
tide_quality_drift_class_init (TideQualityDriftClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_quality_drift_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-quality-drift.ui");
  gtk_widget_class_bind_template_child (widget_class, TideQualityDrift, rows);
  gtk_widget_class_bind_template_child (widget_class, TideQualityDrift, nothing);
  gtk_widget_class_bind_template_child (widget_class, TideQualityDrift, note);
}

static void
tide_quality_drift_init (TideQualityDrift *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
