/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fresh a value is, and the badge that says so. The state is worked out from plain data (metric, status, now), so
 * that it is tested without a display. Age is now minus the event time of the newest event in the value: it says what
 * the reader wants to know, also when a source is connected but its producer is late. */
#include "app-freshness.h"

#include "app-format.h"

#include <glib/gi18n.h>

/* Without an objective of its own. */
#define DEFAULT_OBJECTIVE TIDE_MINUTE

struct _TideFreshness
{
  AdwBin parent_instance;

  TideStateMark *mark;
  GtkLabel *label;
  char *css_class;
};

G_DEFINE_FINAL_TYPE (TideFreshness, tide_freshness, ADW_TYPE_BIN)

static int
rank (TideSourceState state)
{
  switch (state)
    {
    case TIDE_SOURCE_FAILED:
    case TIDE_SOURCE_STOPPED:
      return 3;
    case TIDE_SOURCE_RETRYING:
      return 2;
    case TIDE_SOURCE_CATCHING_UP:
      return 1;
    case TIDE_SOURCE_OFF:
    case TIDE_SOURCE_CONNECTING:
    case TIDE_SOURCE_CONNECTED:
    case TIDE_SOURCE_STREAMING:
    case TIDE_SOURCE_DONE:
    default:
      return 0;
    }
}

static const TideSourceStatus *
worst_source (const TideStatus *status, const char *stream)
{
  const TideSourceStatus *worst = NULL;

  for (guint i = 0; status != NULL && i < status->n_sources; i++)
    {
      const TideSourceInfo *source = &status->sources[i];

      if (g_strcmp0 (source->stream, stream) != 0 || !source->enabled)
        continue;
      if (worst == NULL || rank (source->status.state) > rank (worst->state))
        worst = &source->status;
    }
  return worst;
}

/**
 * tide_freshness_of:
 *
 * A source that is away makes its metrics stale first, and failed when nothing of them is left to show.
 */
TideFreshFacts
tide_freshness_of (const TideLiveMetric *metric, const TideStatus *status, TideTime now)
{
  const TideSourceStatus *source = worst_source (status, metric->metric->stream->name);
  TideDuration objective = metric->metric->freshness > 0 ? metric->metric->freshness : DEFAULT_OBJECTIVE;
  TideFreshFacts facts = { .state = TIDE_FRESH_FRESH, .events = -1, .source = TIDE_SOURCE_OFF,
                           .retry_at = TIDE_TIME_NONE };
  int worst = 0;

  if (source != NULL)
    {
      facts.source = source->state;
      facts.message = source->message;
      facts.retry_at = source->retry_at;
      facts.events = source->lag_events;
      worst = rank (source->state);
    }
  facts.age = metric->newest != TIDE_TIME_NONE ? MAX (0, now - metric->newest) : 0;
  if (worst == 3 || (worst == 2 && metric->newest == TIDE_TIME_NONE))
    facts.state = TIDE_FRESH_FAILED;
  else if (worst == 1 && MAX (source->lag, facts.age) > objective)
    {
      facts.state = TIDE_FRESH_CATCHING_UP;
      facts.age = MAX (source->lag, facts.age);
    }
  else if (metric->newest == TIDE_TIME_NONE)
    facts.state = TIDE_FRESH_WAITING;
  else if (facts.age > MAX (objective, TIDE_SECOND))
    facts.state = TIDE_FRESH_STALE;
  return facts;
}

static const char *
waiting_word (TideSourceState state)
{
  switch (state)
    {
    case TIDE_SOURCE_OFF:
      return _ ("off");
    case TIDE_SOURCE_CONNECTING:
      return _ ("connecting");
    case TIDE_SOURCE_DONE:
      return _ ("read to its end");
    case TIDE_SOURCE_CONNECTED:
    case TIDE_SOURCE_STREAMING:
    case TIDE_SOURCE_CATCHING_UP:
    case TIDE_SOURCE_RETRYING:
    case TIDE_SOURCE_FAILED:
    case TIDE_SOURCE_STOPPED:
    default:
      return _ ("connected");
    }
}

static char *
text_of (const TideFreshFacts *facts, TideState *ret_mark)
{
  g_autofree char *age = tide_format_age (facts->age);

  switch (facts->state)
    {
    case TIDE_FRESH_STALE:
      *ret_mark = TIDE_STATE_PENDING;
      return g_strdup_printf (_ ("stale %s"), age);
    case TIDE_FRESH_CATCHING_UP:
      *ret_mark = TIDE_STATE_PENDING;
      return g_strdup_printf (_ ("lag %s"), age);
    case TIDE_FRESH_PAUSED:
      *ret_mark = TIDE_STATE_NORMAL;
      return g_strdup_printf (_ ("paused %s"), age);
    case TIDE_FRESH_WAITING:
      *ret_mark = facts->source == TIDE_SOURCE_OFF ? TIDE_STATE_OFF : TIDE_STATE_NORMAL;
      return g_strdup (waiting_word (facts->source));
    case TIDE_FRESH_FAILED:
      *ret_mark = TIDE_STATE_TROUBLE;
      return g_strdup (facts->source == TIDE_SOURCE_STOPPED   ? _ ("stopped")
                       : facts->source == TIDE_SOURCE_RETRYING ? _ ("away")
                                                               : _ ("failed"));
    case TIDE_FRESH_FRESH:
    default:
      *ret_mark = TIDE_STATE_GOOD;
      return g_strdup (age);
    }
}

void
tide_freshness_update (TideFreshness *self, const TideFreshFacts *facts)
{
  TideState mark;
  g_autofree char *text = text_of (facts, &mark);
  const char *css_class = tide_state_css_class (mark);

  if (g_strcmp0 (gtk_label_get_text (self->label), text) != 0)
    gtk_label_set_text (self->label, text);
  tide_state_mark_set_state (self->mark, mark);
  if (g_strcmp0 (css_class, self->css_class) != 0)
    {
      if (self->css_class != NULL)
        gtk_widget_remove_css_class (GTK_WIDGET (self), self->css_class);
      if (css_class != NULL)
        gtk_widget_add_css_class (GTK_WIDGET (self), css_class);
      g_free (self->css_class);
      self->css_class = g_strdup (css_class);
    }
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), facts->message != NULL ? facts->message
                               : facts->state == TIDE_FRESH_FRESH        ? _ ("Age of the newest event in the value")
                                                                         : text);
}

void
tide_freshness_set_compact (TideFreshness *self, bool compact)
{
  gtk_widget_set_visible (GTK_WIDGET (self->label), !compact);
}

static void
tide_freshness_finalize (GObject *object)
{
  g_free (TIDE_FRESHNESS (object)->css_class);
  G_OBJECT_CLASS (tide_freshness_parent_class)->finalize (object);
}

static void
tide_freshness_class_init (TideFreshnessClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = tide_freshness_finalize;
  g_type_ensure (TIDE_TYPE_STATE_MARK);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-freshness.ui");
  gtk_widget_class_bind_template_child (widget_class, TideFreshness, mark);
  gtk_widget_class_bind_template_child (widget_class, TideFreshness, label);
}

static void
tide_freshness_init (TideFreshness *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
