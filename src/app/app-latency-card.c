/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long events of a stream are under way. The goal is the tightest objective of the stream's metrics; what the
 * picture can't show (committing, clocks that are ahead, the slowest event) stands under it in words. */
#include "app-latency-card.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app-format.h"
#include "app-heat-map.h"
#include "app-stage-bars.h"

/* What was read so much later than what was drawn was waiting, and is lag. */
#define BACKLOG_RATIO 4

struct _TideLatencyCard
{
  AdwBin parent_instance;

  GtkLabel *goal, *note;
  GtkDropDown *choice;
  GtkLabel *title;
  GtkToggleButton *over_time;
  GtkStack *stack;
  TideStageBars *bars;
  TideHeatMap *map;

  TideWorkspace *workspace;
};

G_DEFINE_FINAL_TYPE (TideLatencyCard, tide_latency_card, ADW_TYPE_BIN)

static guint history_signal;

const char *
tide_latency_card_get_stream (TideLatencyCard *self)
{
  GtkStringObject *item = gtk_drop_down_get_selected_item (self->choice);

  return item != NULL ? gtk_string_object_get_string (item) : NULL;
}

const char *
tide_latency_card_get_history_stream (TideLatencyCard *self)
{
  return gtk_toggle_button_get_active (self->over_time) ? tide_latency_card_get_stream (self) : NULL;
}

void
tide_latency_card_set_history (TideLatencyCard *self, TideCostAnswer *answer)
{
  const char *stream = tide_latency_card_get_history_stream (self);

  if (answer == NULL || answer->latencies == NULL || g_strcmp0 (answer->latency_stream, stream) != 0)
    tide_heat_map_set (self->map, NULL, 0, 0, 0);
  else
    tide_heat_map_set (self->map, answer->latencies, answer->latency_step, answer->from, answer->time);
}

/* Another stream, or the other picture. */
static void
on_view (TideLatencyCard *self)
{
  bool over_time = gtk_toggle_button_get_active (self->over_time);

  gtk_label_set_text (self->title, over_time ? _ ("Latency over time") : _ ("Latency by stage"));
  gtk_stack_set_visible_child (self->stack, over_time ? GTK_WIDGET (self->map) : GTK_WIDGET (self->bars));
  if (over_time)
    g_signal_emit (self, history_signal, 0);
}

/* Of metrics that are refreshed with every event; the others wait on purpose. */
static const TideMetric *
tightest (const TideWorkspace *workspace, const char *stream)
{
  const TideMetric *found = NULL;

  for (guint i = 0; workspace != NULL && i < workspace->metrics->len; i++)
    {
      const TideMetric *metric = g_ptr_array_index (workspace->metrics, i);

      if (metric->freshness > 0 && metric->tier == TIDE_TIER_REAL_TIME && g_strcmp0 (metric->stream->name, stream) == 0
          && (found == NULL || metric->freshness < found->freshness))
        found = metric;
    }
  return found;
}

static void
show_goal (TideLatencyCard *self, const TideStreamInfo *info)
{
  const TideMetric *metric = tightest (self->workspace, info->name);
  g_autofree char *age = metric != NULL ? tide_format_duration (metric->freshness) : NULL;
  g_autofree char *text = metric != NULL ? g_strdup_printf (_ ("goal %s (%s)"), age, metric->title) : NULL;
  bool is_missed = metric != NULL && info->latency[TIDE_STAGE_TOTAL].p95_us > (double) metric->freshness;

  gtk_label_set_text (self->goal, text != NULL ? text : "");
  if (is_missed)
    gtk_widget_add_css_class (GTK_WIDGET (self->goal), "tide-warning");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->goal), "tide-warning");
}

static void
append_part (GString *text, char *part)
{
  g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", part);
  g_free (part);
}

static void
show_note (TideLatencyCard *self, const TideStreamInfo *info, GPtrArray *slowest)
{
  const TideLatencyFacts *commit = &info->latency[TIDE_STAGE_COMMIT];
  const TideLatencyFacts *broker = &info->latency[TIDE_STAGE_BROKER];
  double skew_us = broker->skew_us;
  g_autoptr (GString) text = g_string_new (NULL);

  if (broker->events == 0)
    g_string_append (text, info->seq > 0 ? _ ("No event in the last 5 min") : _ ("No event yet"));
  if (commit->events > 0)
    {
      g_autofree char *took = tide_format_latency ((TideDuration) commit->p95_us);

      append_part (text, g_strdup_printf (_ ("committed p95 %s"), took));
    }
  if (broker->p99_us > info->latency[TIDE_STAGE_TOTAL].p99_us * BACKLOG_RATIO)
    {
      g_autofree char *behind = tide_format_latency ((TideDuration) broker->p99_us);

      append_part (text, g_strdup_printf (_ ("a backlog of %s was caught up"), behind));
    }
  else if (slowest != NULL && slowest->len > 0)
    {
      const TideSlowEvent *event = g_ptr_array_index (slowest, 0);
      g_autofree char *took = tide_format_latency (event->took);

      append_part (text, g_strdup_printf (_ ("slowest %s, by %s"), took, tide_stage_word (event->stage)));
    }
  if (skew_us > 0)
    {
      g_autofree char *ahead = tide_format_latency ((TideDuration) skew_us);

      append_part (text, g_strdup_printf (_ ("producers’ clocks are ahead by %s or more"), ahead));
    }
  gtk_label_set_text (self->note, text->str);
}

void
tide_latency_card_update (TideLatencyCard *self, const TideStatus *status, GPtrArray *slowest)
{
  const char *stream = tide_latency_card_get_stream (self);
  const TideStreamInfo *info = stream != NULL ? tide_status_find_stream (status, stream) : NULL;

  tide_stage_bars_set_facts (self->bars, info != NULL ? info->latency : NULL);
  if (info == NULL)
    return;
  show_goal (self, info);
  show_note (self, info, slowest);
}

void
tide_latency_card_set_workspace (TideLatencyCard *self, TideWorkspace *workspace)
{
  g_autofree char *before = g_strdup (tide_latency_card_get_stream (self));
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  guint selected = 0;

  g_clear_pointer (&self->workspace, tide_workspace_unref);
  self->workspace = workspace != NULL ? tide_workspace_ref (workspace) : NULL;
  for (guint i = 0; workspace != NULL && i < workspace->streams->len; i++)
    {
      const TideStream *stream = g_ptr_array_index (workspace->streams, i);

      gtk_string_list_append (names, stream->name);
      if (g_strcmp0 (stream->name, before) == 0)
        selected = i;
    }
  gtk_drop_down_set_model (self->choice, G_LIST_MODEL (names));
  gtk_drop_down_set_selected (self->choice, selected);
}

static void
tide_latency_card_finalize (GObject *object)
{
  g_clear_pointer (&TIDE_LATENCY_CARD (object)->workspace, tide_workspace_unref);
  G_OBJECT_CLASS (tide_latency_card_parent_class)->finalize (object);
}

static void
tide_latency_card_class_init (TideLatencyCardClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = tide_latency_card_finalize;
  history_signal = g_signal_new ("history", TIDE_TYPE_LATENCY_CARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                 0);
  g_type_ensure (TIDE_TYPE_STAGE_BARS);
  g_type_ensure (TIDE_TYPE_HEAT_MAP);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-latency-card.ui");
  gtk_widget_class_bind_template_child (widget_class, TideLatencyCard, goal);
  gtk_widget_class_bind_template_child (widget_class, TideLatencyCard, note);
  gtk_widget_class_bind_template_child (widget_class, TideLatencyCard, choice);
  gtk_widget_class_bind_template_child (widget_class, TideLatencyCard, title);
  gtk_widget_class_bind_template_child (widget_class, TideLatencyCard, over_time);
  gtk_widget_class_bind_template_child (widget_class, TideLatencyCard, stack);
  gtk_widget_class_bind_template_child (widget_class, TideLatencyCard, bars);
  gtk_widget_class_bind_template_child (widget_class, TideLatencyCard, map);
}

static void
tide_latency_card_init (TideLatencyCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->over_time, "toggled", G_CALLBACK (on_view), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->choice, "notify::selected", G_CALLBACK (on_view), self, G_CONNECT_SWAPPED);
}
