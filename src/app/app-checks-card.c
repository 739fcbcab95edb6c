/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line a file (which tool, when it ran, how many checks ended how, or what is wrong with the file) over one table of all
 * checks, what failed first. Adding a file writes its path into the workspace: relative when it is inside. */
#include "app-checks-card.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app-accessible.h"
#include "app-checks-watch.h"
#include "app-fact-table.h"
#include "app-format.h"

enum
{
  COLUMN_STATE,
  COLUMN_CHECK,
  COLUMN_SUBJECT,
  COLUMN_DETAIL,
  COLUMN_FAILURES,
  COLUMN_SHARE,
};

static const TideFactColumn columns[] = {
  [COLUMN_STATE] = { .title = N_ ("state") },
  [COLUMN_CHECK] = { .title = N_ ("check"), .may_cut = true },
  [COLUMN_SUBJECT] = { .title = N_ ("of"), .least_width = 560 },
  [COLUMN_DETAIL] = { .title = N_ ("detail"), .least_width = 900, .may_cut = true },
  [COLUMN_FAILURES] = { .title = N_ ("rows failed"), .is_number = true, .least_width = 420 },
  [COLUMN_SHARE] = { .title = N_ ("share"), .is_number = true, .least_width = 700 },
};

struct _TideChecksCard
{
  AdwBin parent_instance;

  GtkBox *files;
  AdwBin *table_bin;
  GtkWidget *separator;
  TideFactTable *table;
  TideChecksWatch *watch;
  TidePipeline *pipeline;
};

G_DEFINE_FINAL_TYPE (TideChecksCard, tide_checks_card, ADW_TYPE_BIN)

/* --- showing --- */

static void
set_state (TideFactRow *row, TideCheckStatus status)
{
  static const char *const texts[TIDE_N_CHECK_STATUSES] = {
    [TIDE_CHECK_PASS] = N_ ("● Passed"),   [TIDE_CHECK_SKIPPED] = N_ ("◌ Skipped"), [TIDE_CHECK_WARN] = N_ ("◐ Warned"),
    [TIDE_CHECK_FAIL] = N_ ("▲ Failed"), [TIDE_CHECK_ERROR] = N_ ("✕ Not made"),
  };
  static const char *const classes[TIDE_N_CHECK_STATUSES] = {
    [TIDE_CHECK_SKIPPED] = "dim-label", [TIDE_CHECK_WARN] = "tide-warning", [TIDE_CHECK_FAIL] = "tide-critical", [TIDE_CHECK_ERROR] = "tide-critical",
  };

  tide_fact_row_text (row, COLUMN_STATE, g_strdup (_ (texts[status])));
  tide_fact_row_set_class (row, COLUMN_STATE, classes[status]);
}

static TideFactRow *
make_row (const TideChecksShown *file, guint index, const TideCheck *check)
{
  g_autofree char *id = g_strdup_printf ("%s.%u", file->name, index);
  g_autofree char *detail = g_strdup (check->detail != NULL ? check->detail : TIDE_NO_VALUE);
  TideFactRow *row = tide_fact_row_new (id);

  g_strdelimit (detail, "\n", ' ');
  if (g_utf8_strlen (detail, -1) > 80)
    {
      char *cut = g_utf8_substring (detail, 0, 79);

      g_free (detail);
      detail = g_strconcat (cut, "…", NULL);
      g_free (cut);
    }
  set_state (row, check->status);
  tide_fact_row_text (row, COLUMN_CHECK, g_strdup (g_str_has_prefix (check->name, "expect_") ? check->name + strlen ("expect_") : check->name));
  tide_fact_row_set_class (row, COLUMN_CHECK, "monospace");
  tide_fact_row_text (row, COLUMN_SUBJECT, g_strdup (check->subject != NULL ? check->subject : TIDE_NO_VALUE));
  tide_fact_row_text (row, COLUMN_DETAIL, g_steal_pointer (&detail));
  tide_fact_row_set_class (row, COLUMN_DETAIL, "dim-label");
  tide_fact_row_number (row, COLUMN_FAILURES, tide_format_number (check->failures, 0), check->failures);
  tide_fact_row_number (row, COLUMN_SHARE, tide_format_share (check->share), check->share);
  return row;
}

static char *
describe_counts (const TideChecks *checks)
{
  guint failed = checks->counts[TIDE_CHECK_FAIL], broken = checks->counts[TIDE_CHECK_ERROR];
  g_autofree char *when = checks->time != TIDE_TIME_NONE ? tide_format_date_time (checks->time, NULL) : NULL;
  g_autofree char *counts = g_strdup_printf (_ ("%u failed, %u not made, %u warned, %u passed, %u skipped"), failed, broken,
                                             checks->counts[TIDE_CHECK_WARN], checks->counts[TIDE_CHECK_PASS],
                                             checks->counts[TIDE_CHECK_SKIPPED]);

  return when != NULL ? g_strdup_printf ("%s · %s · %s", checks->tool, when, counts) : g_strdup_printf ("%s · %s", checks->tool, counts);
}

static void
add_file (TideChecksCard *self, const TideChecksShown *file)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8), *name = gtk_label_new (file->title != NULL ? file->title : file->name);
  g_autofree char *text = file->problem != NULL ? g_strdup (file->problem) : file->checks != NULL ? describe_counts (file->checks) : g_strdup ("");
  GtkWidget *label = gtk_label_new (text);

  gtk_widget_add_css_class (name, "tide-strong");
  gtk_widget_add_css_class (name, "tide-fact");
  gtk_widget_set_valign (name, GTK_ALIGN_START);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (label, "tide-fact");
  gtk_widget_add_css_class (label, file->problem != NULL ? "tide-critical" : "tide-dim");
  gtk_widget_set_tooltip_text (row, file->path);
  gtk_box_append (GTK_BOX (row), name);
  gtk_box_append (GTK_BOX (row), label);
  gtk_box_append (self->files, row);
}

/* What failed first; of one state in the file's order. */
static GPtrArray *
make_rows (const GPtrArray *files)
{
  static const TideCheckStatus order[] = { TIDE_CHECK_FAIL, TIDE_CHECK_ERROR, TIDE_CHECK_WARN, TIDE_CHECK_PASS, TIDE_CHECK_SKIPPED };
  GPtrArray *rows = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint s = 0; s < G_N_ELEMENTS (order); s++)
    for (guint i = 0; i < files->len; i++)
      {
        const TideChecksShown *file = g_ptr_array_index (files, i);

        for (guint k = 0; file->checks != NULL && k < file->checks->checks->len; k++)
          {
            const TideCheck *check = g_ptr_array_index (file->checks->checks, k);

            if (check->status == order[s])
              g_ptr_array_add (rows, make_row (file, k, check));
          }
      }
  return rows;
}

static void
show (TideChecksCard *self)
{
  GPtrArray *files = tide_checks_watch_get (self->watch);
  g_autoptr (GPtrArray) rows = make_rows (files);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->files))) != NULL)
    gtk_box_remove (self->files, child);
  for (guint i = 0; i < files->len; i++)
    add_file (self, g_ptr_array_index (files, i));
  if (files->len == 0)
    {
      GtkWidget *hint = gtk_label_new (_ ("Results of dbt (run_results.json) and Great Expectations stand here, and follow their files."));

      gtk_label_set_xalign (GTK_LABEL (hint), 0);
      gtk_label_set_wrap (GTK_LABEL (hint), TRUE);
      gtk_widget_add_css_class (hint, "tide-fact");
      gtk_widget_add_css_class (hint, "tide-dim");
      gtk_box_append (self->files, hint);
    }
  tide_fact_table_set_rows (self->table, rows);
  gtk_widget_set_visible (GTK_WIDGET (self->table_bin), rows->len > 0);
  gtk_widget_set_visible (self->separator, rows->len > 0);
}

/* --- adding a file --- */

static void
on_applied (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideChecksCard) self = data;
  g_autoptr (GError) error = NULL;

  if (!tide_pipeline_apply_finish (TIDE_PIPELINE (object), result, &error))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", error->message);
}

/* "dbt", "dbt-2": the folder's name says more than run_results. */
static char *
name_for (const TideConf *conf, const char *path)
{
  g_autofree char *base = g_path_get_basename (path), *name = NULL;
  char *dot = strrchr (base, '.');

  if (dot != NULL)
    *dot = '\0';
  for (char *p = base; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p))
      *p = '-';
  for (guint i = 1;; i++)
    {
      g_autofree char *section = NULL;

      g_free (name);
      name = i == 1 ? g_strdup (base) : g_strdup_printf ("%s-%u", base, i);
      section = g_strconcat ("checks ", name, NULL);
      if (!tide_conf_has_section (conf, section))
        return g_steal_pointer (&name);
    }
}

static void
add_path (TideChecksCard *self, GFile *file)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (self->pipeline);
  g_autoptr (TideConf) conf = tide_conf_copy (workspace->conf);
  g_autoptr (GFile) dir = g_file_new_for_path (workspace->dir);
  g_autofree char *relative = g_file_get_relative_path (dir, file), *path = relative != NULL ? g_strdup (relative) : g_file_get_path (file);
  g_autofree char *name = path != NULL ? name_for (conf, path) : NULL, *section = g_strconcat ("checks ", name, NULL);

  if (path == NULL)
    return;
  tide_conf_set (conf, section, "path", path);
  tide_pipeline_apply_async (self->pipeline, conf, NULL, on_applied, g_object_ref (self));
}

static void
on_chosen (GtkNativeDialog *chooser, int response, TideChecksCard *self)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser)) : NULL;

  if (file != NULL && self->pipeline != NULL)
    add_path (self, file);
  g_object_unref (chooser);
}

static void
on_add (TideChecksCard *self)
{
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (_ ("Add Results"), GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                                               GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Add"), NULL);

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_signal_connect_object (chooser, "response", G_CALLBACK (on_chosen), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

void
tide_checks_card_set_pipeline (TideChecksCard *self, TidePipeline *pipeline)
{
  g_set_object (&self->pipeline, pipeline);
  tide_checks_watch_set_pipeline (self->watch, pipeline);
}

void
tide_checks_card_adapt (TideChecksCard *self)
{
  tide_fact_table_adapt (self->table);
}

/* --- the object --- */

static void
tide_checks_card_dispose (GObject *object)
{
  TideChecksCard *self = TIDE_CHECKS_CARD (object);

  if (self->watch != NULL)
    g_signal_handlers_disconnect_by_data (self->watch, self);
  g_clear_object (&self->watch);
  g_clear_object (&self->pipeline);
  G_OBJECT_CLASS (tide_checks_card_parent_class)->dispose (object);
}

static void
tide_checks_card_class_init (TideChecksCardClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_checks_card_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-checks-card.ui");
  gtk_widget_class_bind_template_child (widget_class, TideChecksCard, files);
  gtk_widget_class_bind_template_child (widget_class, TideChecksCard, table_bin);
  gtk_widget_class_bind_template_child (widget_class, TideChecksCard, separator);
  gtk_widget_class_bind_template_callback (widget_class, on_add);
}

static void
tide_checks_card_init (TideChecksCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->table = TIDE_FACT_TABLE (tide_fact_table_new (_ ("Checks of other tools"), columns, G_N_ELEMENTS (columns), false));
  adw_bin_set_child (self->table_bin, GTK_WIDGET (self->table));
  self->watch = tide_checks_watch_new ();
  g_signal_connect_swapped (self->watch, "changed", G_CALLBACK (show), self);
  show (self);
  tide_accessible_name_buttons (GTK_WIDGET (self));
}
