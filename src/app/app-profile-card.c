/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The batch layer folds the day's new events into profiles; a worker reads two weeks of them when the stream is chosen and
 * from time to time after. */
#include "app-profile-card.h"

#include <glib/gi18n.h>

#include "app-fact-table.h"
#include "app-profile-rows.h"

#define ASK_EVERY (20 * TIDE_SECOND)

struct _TideProfileCard
{
  AdwBin parent_instance;

  AdwBin *table_bin;
  GtkLabel *of, *note;
  TideFactTable *table;
  TidePipeline *pipeline;
  GCancellable *cancellable;
  char *stream;
  gint64 asked_at; /* monotonic; 0: ask */
  bool is_asking;
};

G_DEFINE_FINAL_TYPE (TideProfileCard, tide_profile_card, ADW_TYPE_BIN)

typedef struct
{
  TideWorkspace *workspace; /* whose fields are borrowed */
  GPtrArray *fields;        /* TideFieldProfile* */
} Answer;

static void
answer_free (void *data)
{
  Answer *answer = data;

  g_ptr_array_unref (answer->fields);
  tide_workspace_unref (answer->workspace);
  g_free (answer);
}

static void
fill_days (GTimeZone *zone, TideTime now, TideTime first[TIDE_PROFILE_DAYS + 1])
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (now / TIDE_SECOND);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, zone);

  for (int i = 0; i <= TIDE_PROFILE_DAYS; i++)
    {
      g_autoptr (GDateTime) day = g_date_time_add_days (local, i + 1 - TIDE_PROFILE_DAYS);
      g_autoptr (GDateTime) midnight = g_date_time_new (zone, g_date_time_get_year (day), g_date_time_get_month (day),
                                                        g_date_time_get_day_of_month (day), 0, 0, 0);

      first[i] = g_date_time_to_unix (midnight) * TIDE_SECOND;
    }
}

/* Thread: worker. */
static void *
read_profiles (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  g_autoptr (TideWorkspace) workspace = tide_pipeline_get_workspace (pipeline);
  const TideStream *stream = tide_workspace_get_stream (workspace, data);
  g_autoptr (TideReader) reader = tide_store_acquire_reader (tide_pipeline_get_store (pipeline), error);
  g_autoptr (GPtrArray) profiles = NULL;
  TideTime first[TIDE_PROFILE_DAYS + 1];
  Answer *answer;

  if (reader == NULL || stream == NULL || !tide_reader_begin (reader, 0, cancellable, error))
    return NULL;
  fill_days (workspace->zone, g_get_real_time (), first);
  profiles = tide_store_get_profiles (reader, stream->name, first[0], first[TIDE_PROFILE_DAYS], false, error);
  tide_reader_end (reader);
  if (profiles == NULL)
    return NULL;
  answer = g_new0 (Answer, 1);
  answer->fields = tide_profile_summarise (stream, profiles, first);
  answer->workspace = g_steal_pointer (&workspace);
  return answer;
}

static void
show_note (TideProfileCard *self, const GPtrArray *fields)
{
  bool is_measured = false;

  for (guint i = 0; i < fields->len; i++)
    is_measured |= ((TideFieldProfile *) g_ptr_array_index (fields, i))->newest >= 0;
  gtk_label_set_text (self->note, is_measured ? _ ("· the newest day, beside the seven before")
                                              : _ ("· nothing of the last 14 days is measured yet: the batch layer does so every few minutes"));
}

static void
on_answer (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideProfileCard) self = data;
  GCancellable *asked = g_task_get_cancellable (G_TASK (result));
  Answer *answer = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, NULL);

  if (asked == self->cancellable)
    {
      g_autoptr (GPtrArray) rows = answer != NULL ? tide_profile_make_rows (answer->fields) : NULL;

      self->is_asking = false;
      if (rows != NULL)
        {
          tide_fact_table_set_rows (self->table, rows);
          show_note (self, answer->fields);
        }
    }
  g_clear_pointer (&answer, answer_free);
}

static void
restart (TideProfileCard *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->is_asking = false;
  self->asked_at = 0;
}

void
tide_profile_card_set_pipeline (TideProfileCard *self, TidePipeline *pipeline)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();

  g_set_object (&self->pipeline, pipeline);
  tide_fact_table_set_rows (self->table, none);
  gtk_label_set_text (self->note, "");
  restart (self);
}

void
tide_profile_card_set_stream (TideProfileCard *self, const char *stream)
{
  if (g_strcmp0 (stream, self->stream) == 0)
    return;
  g_free (self->stream);
  self->stream = g_strdup (stream);
  gtk_label_set_text (self->of, stream != NULL ? stream : "");
  restart (self);
}

void
tide_profile_card_tick (TideProfileCard *self)
{
  gint64 now = g_get_monotonic_time ();

  tide_fact_table_adapt (self->table);
  if (self->pipeline == NULL || self->stream == NULL || self->is_asking || (self->asked_at != 0 && now - self->asked_at < ASK_EVERY))
    return;
  self->is_asking = true;
  self->asked_at = now;
  tide_pipeline_run_async (self->pipeline, read_profiles, g_strdup (self->stream), g_free, answer_free, self->cancellable, on_answer,
                           g_object_ref (self));
}

static void
tide_profile_card_dispose (GObject *object)
{
  TideProfileCard *self = TIDE_PROFILE_CARD (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->pipeline);
  g_clear_pointer (&self->stream, g_free);
  G_OBJECT_CLASS (tide_profile_card_parent_class)->dispose (object);
}

static void
tide_profile_card_class_init (TideProfileCardClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_profile_card_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-profile-card.ui");
  gtk_widget_class_bind_template_child (widget_class, TideProfileCard, table_bin);
  gtk_widget_class_bind_template_child (widget_class, TideProfileCard, of);
  gtk_widget_class_bind_template_child (widget_class, TideProfileCard, note);
}

static void
tide_profile_card_init (TideProfileCard *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  self->table = TIDE_FACT_TABLE (tide_fact_table_new (_ ("Fields and how their values are spread"), tide_profile_columns, tide_profile_n_columns, false));
  adw_bin_set_child (self->table_bin, GTK_WIDGET (self->table));
}
