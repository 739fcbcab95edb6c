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
  g_autofree char *count = tide_format_int ((gint64) drift->count), *since = tide_format_date_time (drift->first_seen, NULL);

  if (drift->kind == TIDE_DRIFT_VANISHED)
    return g_strdup_printf (_ ("vanished, missing since %s in %s sampled events"), since, count);
  return drift->kind == TIDE_DRIFT_NEW
           ? g_strdup_printf (_ ("new, in %s sampled events since %s"), count, since)
           : g_strdup_printf (_ ("of another type in %s sampled events since %s"), count, since);
}

static const char *
sign_of (TideDriftKind kind)
{
  return kind == TIDE_DRIFT_NEW ? "+" : kind == TIDE_DRIFT_CHANGED ? "≠" : "−";
}

static void
add_row (TideQualityDrift *self, const TideDrift *drift)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10), *words = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *sign = gtk_label_new (sign_of (drift->kind)), *path = label_new (drift->path, "monospace");
  g_autofree char *text = describe (drift);
  GtkWidget *detail = label_new (text, "tide-fact");

  gtk_widget_add_css_class (sign, "heading");
  gtk_widget_add_css_class (path, "tide-strong");
  gtk_widget_add_css_class (detail, "tide-dim");
  gtk_widget_set_hexpand (words, TRUE);
  gtk_box_append (GTK_BOX (words), path);
  gtk_box_append (GTK_BOX (words), detail);
  gtk_box_append (GTK_BOX (row), sign);
  gtk_box_append (GTK_BOX (row), words);
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

      g_string_append_printf (all, "\n%s %d %" G_GUINT64_FORMAT, drift->path, (int) drift->kind, drift->count);
    }
  if (g_strcmp0 (all->str, self->shown) == 0)
    return;
  g_free (self->shown);
  self->shown = g_strdup (all->str);
  clear (self);
  for (guint i = 0; i < drifts->len; i++)
    add_row (self, g_ptr_array_index (drifts, i));
  gtk_widget_set_visible (GTK_WIDGET (self->nothing), drifts->len == 0);
  gtk_widget_set_visible (GTK_WIDGET (self->note), drifts->len > 0);
}

static void
tide_quality_drift_finalize (GObject *object)
{
  g_free (TIDE_QUALITY_DRIFT (object)->shown);
  G_OBJECT_CLASS (tide_quality_drift_parent_class)->finalize (object);
}

static void
tide_quality_drift_class_init (TideQualityDriftClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = tide_quality_drift_finalize;
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
