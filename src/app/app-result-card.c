/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The card of a result. It asks on a worker when another analysis or version is chosen or a run has ended; an answer to
 * an older question is known by its serial number and dropped. The newest version is followed, and compared with the one
 * before it, until the person chooses others. */
#include "app-result-card.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app-analyses-data.h"
#include "app-chart.h"
#include "app-format.h"
#include "app-mark.h"
#include "app-result-answer.h"
#include "app-result-bars.h"
#include "app-result-table.h"
#include "app-wrap-box.h"

struct _TideResultCard
{
  AdwBin parent_instance;

  GtkStack *stack, *chart_stack;
  GtkLabel *empty_title, *empty_text, *compare_label, *summary, *detail, *chart_note, *legend, *more;
  GtkDropDown *version_choice, *before_choice, *value_choice;
  GtkCheckButton *all_rows;
  GtkBox *chart_box;
  TideResultTableView *table;
  GtkWidget *chart, *bars;

  TideChartAxis *axis;
  TidePipeline *pipeline;
  char *analysis;
  GTimeZone *zone;
  TideResultAnswer *answer;
  GArray *values;       /* int: columns of value_choice */
  gint64 now, before;   /* that are asked for */
  char *value_name;     /* that the person chose; NULL */
  GCancellable *cancellable;
  guint serial;
  bool is_filling;
};

G_DEFINE_FINAL_TYPE (TideResultCard, tide_result_card, ADW_TYPE_BIN)

static void
show_empty (TideResultCard *self, const char *title, const char *text)
{
  gtk_label_set_text (self->empty_title, title);
  gtk_label_set_text (self->empty_text, text);
  gtk_stack_set_visible_child_name (self->stack, "empty");
}

static int
get_value (TideResultCard *self)
{
  guint at = gtk_drop_down_get_selected (self->value_choice);

  return self->values != NULL && at < self->values->len ? g_array_index (self->values, int, at) : -1;
}

static bool
only_differences (TideResultCard *self)
{
  return !gtk_check_button_get_active (self->all_rows);
}

/* Choices */

static char *
name_version (TideResultCard *self, const TideResultVersion *version)
{
  g_autofree char *time = tide_near_words (version->created, g_get_real_time (), self->zone);

  return g_strdup_printf ("%" G_GINT64_FORMAT " · %s", version->version, time);
}

static void
fill_versions (TideResultCard *self)
{
  const TideResultDiff *diff = self->answer->diff;
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL), others = gtk_string_list_new (NULL);
  guint now = 0, before = 0;

  gtk_string_list_append (others, _ ("nothing"));
  for (guint i = 0; i < self->answer->versions->len; i++)
    {
      const TideResultVersion *version = g_ptr_array_index (self->answer->versions, i);
      g_autofree char *name = name_version (self, version);

      gtk_string_list_append (names, name);
      gtk_string_list_append (others, name);
      if (version->version == diff->now->version)
        now = i;
      if (diff->before != NULL && version->version == diff->before->version)
        before = i + 1;
    }
  self->is_filling = true;
  gtk_drop_down_set_model (self->version_choice, G_LIST_MODEL (names));
  gtk_drop_down_set_selected (self->version_choice, now);
  gtk_drop_down_set_model (self->before_choice, G_LIST_MODEL (others));
  gtk_drop_down_set_selected (self->before_choice, before);
  gtk_widget_set_visible (GTK_WIDGET (self->before_choice), self->answer->versions->len > 1);
  gtk_widget_set_visible (GTK_WIDGET (self->compare_label), self->answer->versions->len > 1);
  self->is_filling = false;
}

static void
fill_values (TideResultCard *self)
{
  const TideResultDiff *diff = self->answer->diff;
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  guint selected = 0;
  bool chosen = false;

  g_clear_pointer (&self->values, g_array_unref);
  self->values = g_array_new (FALSE, FALSE, sizeof (int));
  for (int i = 0; i < (int) diff->columns->len; i++)
    {
      const TideResultColumn *column = tide_result_diff_get_column (diff, (guint) i);

      if (column->kind != TIDE_KIND_NUMBER || column->now < 0)
        continue;
      if (g_strcmp0 (column->name, self->value_name) == 0 || (!chosen && i == diff->value))
        {
          selected = self->values->len;
          chosen = g_strcmp0 (column->name, self->value_name) == 0;
        }
      gtk_string_list_append (names, column->name);
      g_array_append_val (self->values, i);
    }
  self->is_filling = true;
  gtk_drop_down_set_model (self->value_choice, G_LIST_MODEL (names));
  gtk_drop_down_set_selected (self->value_choice, self->values->len > 0 ? selected : GTK_INVALID_LIST_POSITION);
  self->is_filling = false;
}

/* Showing */

static char *
make_legend (const TideResultDiff *diff)
{
  g_autofree char *colour = tide_colour_to_string (tide_palette_get (tide_app_scheme (), TIDE_ROLE_BATCH));
  g_autofree char *now = tide_format_int (diff->now->version), *before = tide_format_int (diff->before->version);

  return g_strdup_printf (_ ("<span foreground=\"%s\">■</span> version %s   <b>—</b> version %s"), colour, now, before);
}

static void
show_times (TideResultCard *self, int value)
{
  g_autoptr (TideChartData) data = tide_result_chart_times (self->answer->diff, value);
  g_autoptr (GTimeZone) zone = tide_result_chart_zone (self->answer->diff, self->zone);
  const char *subtitle = tide_chart_data_get_subtitle (data);
  double from, to;

  if (tide_chart_data_get_time_range (data, &from, &to))
    {
      double margin = tide_chart_data_get_n_series (data) > 0 ? 0 : (to - from) * 0.01;

      tide_chart_axis_set_zone (self->axis, zone);
      tide_chart_axis_set_bounds (self->axis, from - margin, to + margin, (double) TIDE_SECOND);
      tide_chart_axis_set_home (self->axis, from - margin, to + margin);
    }
  tide_chart_set_data (TIDE_CHART (self->chart), data);
  gtk_label_set_text (self->chart_note, subtitle != NULL ? subtitle : "");
  gtk_widget_set_visible (GTK_WIDGET (self->legend),
                          self->answer->diff->before != NULL && tide_chart_data_get_n_series (data) == 0);
}

static void
show_chart (TideResultCard *self)
{
  TideResultDiff *diff = self->answer->diff;
  int value = get_value (self);
  TideResultChartKind kind = tide_result_chart_kind (diff, value);
  g_autofree char *legend = diff->before != NULL ? make_legend (diff) : NULL;

  gtk_label_set_markup (self->legend, legend != NULL ? legend : "");
  gtk_widget_set_visible (GTK_WIDGET (self->legend), legend != NULL);
  gtk_label_set_text (self->chart_note, "");
  gtk_widget_set_visible (GTK_WIDGET (self->chart_stack), kind != TIDE_RESULT_CHART_NONE);
  gtk_widget_set_visible (GTK_WIDGET (self->chart_box),
                          kind != TIDE_RESULT_CHART_NONE || (diff->before != NULL && self->values->len > 1));
  if (kind == TIDE_RESULT_CHART_TIMES)
    show_times (self, value);
  tide_result_bars_set (TIDE_RESULT_BARS (self->bars), kind == TIDE_RESULT_CHART_BARS ? diff : NULL, value);
  if (kind != TIDE_RESULT_CHART_NONE)
    gtk_stack_set_visible_child (self->chart_stack, kind == TIDE_RESULT_CHART_TIMES ? self->chart : self->bars);
}

static void
show_more (TideResultCard *self)
{
  const TideResultTable *tables[] = { self->answer->diff->now, self->answer->diff->before };
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    if (tables[i] != NULL && (gint64) tables[i]->n_rows < tables[i]->rows)
      {
        g_autofree char *some = tide_format_int (tables[i]->n_rows), *all = tide_format_int (tables[i]->rows);
        g_autofree char *version = tide_format_int (tables[i]->version);

        g_string_append_printf (text, _ ("%sThe first %s of %s rows of version %s"), text->len > 0 ? ". " : "", some, all,
                                version);
      }
  gtk_label_set_text (self->more, text->str);
  gtk_widget_set_visible (GTK_WIDGET (self->more), text->len > 0);
}

static void
show_rows (TideResultCard *self)
{
  TideResultDiff *diff = self->answer->diff;
  g_autofree char *detail = NULL, *summary = tide_result_diff_summary (diff, &detail);

  gtk_label_set_text (self->summary, summary);
  gtk_label_set_text (self->detail, detail != NULL ? detail : "");
  gtk_widget_set_visible (GTK_WIDGET (self->all_rows), diff->before != NULL);
  tide_result_table_view_set (self->table, diff, only_differences (self), get_value (self), self->zone);
}

static void
show_answer (TideResultCard *self)
{
  if (self->answer->diff == NULL)
    {
      show_empty (self, _ ("No Result Yet"), _ ("The first run that succeeds brings one; it lands whole or not at all."));
      return;
    }
  fill_versions (self);
  fill_values (self);
  show_chart (self);
  show_rows (self);
  show_more (self);
  gtk_stack_set_visible_child_name (self->stack, "content");
}

static void
on_answer (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideResultCard) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TideResultAnswer) answer = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error);

  if (answer == NULL)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
          && !g_error_matches (error, TIDE_ERROR, TIDE_ERROR_CANCELLED))
        show_empty (self, _ ("The Result Can Not Be Read"), error->message);
      return;
    }
  if (answer->serial != self->serial)
    return;
  g_clear_pointer (&self->answer, tide_result_answer_unref);
  self->answer = g_steal_pointer (&answer);
  show_answer (self);
}

static void
ask (TideResultCard *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->serial++;
  if (self->pipeline != NULL && self->analysis != NULL)
    tide_result_ask_async (self->pipeline, self->analysis, self->now, self->before, self->serial, self->cancellable,
                           on_answer, g_object_ref (self));
}

/* What the person sets */

static const TideResultVersion *
chosen_version (TideResultCard *self, guint at)
{
  return at < self->answer->versions->len ? g_ptr_array_index (self->answer->versions, at) : NULL;
}

static void
on_version (TideResultCard *self)
{
  guint at = gtk_drop_down_get_selected (self->version_choice);
  const TideResultVersion *version;

  if (self->is_filling || self->answer == NULL || (version = chosen_version (self, at)) == NULL)
    return;
  self->now = at == 0 ? TIDE_RESULT_NEWEST : version->version;
  if (self->before >= version->version)
    self->before = TIDE_RESULT_PREVIOUS;
  ask (self);
}

static void
on_before (TideResultCard *self)
{
  guint at = gtk_drop_down_get_selected (self->before_choice);
  const TideResultVersion *version;

  if (self->is_filling || self->answer == NULL)
    return;
  version = at > 0 ? chosen_version (self, at - 1) : NULL;
  self->before = version != NULL ? version->version : TIDE_RESULT_NONE;
  ask (self);
}

static void
on_value (TideResultCard *self)
{
  int value = get_value (self);

  if (self->is_filling || self->answer == NULL || self->answer->diff == NULL || value < 0)
    return;
  g_free (self->value_name);
  self->value_name = g_strdup (tide_result_diff_get_column (self->answer->diff, (guint) value)->name);
  show_chart (self);
  show_rows (self);
}

static void
on_all_rows (TideResultCard *self)
{
  if (self->answer != NULL && self->answer->diff != NULL)
    show_rows (self);
}

/* For the pane */

void
tide_result_card_set_analysis (TideResultCard *self, TidePipeline *pipeline, const char *analysis, const char *title,
                               const char *text, GTimeZone *zone)
{
  bool is_other = g_strcmp0 (analysis, self->analysis) != 0 || pipeline != self->pipeline;

  if (analysis == NULL)
    show_empty (self, title, text);
  if (!is_other)
    return;
  g_set_object (&self->pipeline, pipeline);
  g_free (self->analysis);
  self->analysis = g_strdup (analysis);
  g_clear_pointer (&self->zone, g_time_zone_unref);
  self->zone = zone != NULL ? g_time_zone_ref (zone) : NULL;
  g_clear_pointer (&self->answer, tide_result_answer_unref);
  g_clear_pointer (&self->value_name, g_free);
  tide_result_table_view_set (self->table, NULL, true, -1, NULL);
  self->now = TIDE_RESULT_NEWEST;
  self->before = TIDE_RESULT_PREVIOUS;
  ask (self);
}

void
tide_result_card_refresh (TideResultCard *self)
{
  ask (self);
}

typedef struct
{
  TideResultDiff *diff;
  bool only_differences;
  int value;
} Export;

static void
export_free (void *data)
{
  Export *export = data;

  tide_result_diff_unref (export->diff);
  g_free (export);
}

static bool
write_export (TidePipeline *pipeline, void *data, GOutputStream *stream, GCancellable *cancellable, GError **error)
{
  const Export *export = data;
  g_autoptr (TideCsv) csv = tide_csv_new (stream);

  return tide_result_diff_write_csv (export->diff, export->only_differences, export->value, csv, error)
         && tide_csv_finish (csv, error);
}

TideAppExport *
tide_result_card_get_export (TideResultCard *self)
{
  g_autofree char *name = NULL;
  Export *export;

  if (self->answer == NULL || self->answer->diff == NULL)
    return NULL;
  export = g_new (Export, 1);
  *export = (Export){ .diff = tide_result_diff_ref (self->answer->diff), .only_differences = only_differences (self),
                      .value = get_value (self) };
  name = g_strdup_printf ("%s-%" G_GINT64_FORMAT, self->answer->analysis, export->diff->now->version);
  return tide_app_export_new (name, write_export, export, export_free);
}

/* The object */

static void
tide_result_card_dispose (GObject *object)
{
  TideResultCard *self = TIDE_RESULT_CARD (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->pipeline);
  g_clear_object (&self->axis);
  g_clear_pointer (&self->answer, tide_result_answer_unref);
  g_clear_pointer (&self->values, g_array_unref);
  g_clear_pointer (&self->zone, g_time_zone_unref);
  g_clear_pointer (&self->analysis, g_free);
  g_clear_pointer (&self->value_name, g_free);
  G_OBJECT_CLASS (tide_result_card_parent_class)->dispose (object);
}

static void
tide_result_card_class_init (TideResultCardClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_result_card_dispose;
  g_type_ensure (TIDE_TYPE_RESULT_TABLE_VIEW);
  g_type_ensure (TIDE_TYPE_WRAP_BOX);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-result-card.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, TideResultCard, name)
  BIND (stack);
  BIND (chart_stack);
  BIND (empty_title);
  BIND (empty_text);
  BIND (compare_label);
  BIND (summary);
  BIND (detail);
  BIND (chart_note);
  BIND (legend);
  BIND (more);
  BIND (version_choice);
  BIND (before_choice);
  BIND (value_choice);
  BIND (all_rows);
  BIND (chart_box);
  BIND (table);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_version);
  gtk_widget_class_bind_template_callback (widget_class, on_before);
  gtk_widget_class_bind_template_callback (widget_class, on_value);
  gtk_widget_class_bind_template_callback (widget_class, on_all_rows);
}

static void
tide_result_card_init (TideResultCard *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  self->axis = tide_chart_axis_new (NULL);
  self->chart = tide_chart_new (self->axis);
  self->bars = tide_result_bars_new ();
  gtk_stack_add_child (self->chart_stack, self->chart);
  gtk_stack_add_child (self->chart_stack, self->bars);
  show_empty (self, "", "");
}
