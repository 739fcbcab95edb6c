/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sends what is due, one thread: to the desktop, to webhooks, to commands of the user's own. What can't be delivered now is
 * tried again, later each time, for a day; the database knows of it, so a restart goes on. After that, or when the other
 * side says that it will never take it, the route is dead and says so until something is delivered again. */
#include "watch-private.h"

#include <string.h>

#define RETRY_FIRST TIDE_SECOND
#define RETRY_MAX (5 * TIDE_MINUTE)
#define GIVE_UP (TIDE_DAY)
#define DUE_MAX 1000

struct _TideWatchRoutes
{
  TideWatchRoutesConfig config;
  GThread *thread;
  GCancellable *cancellable;
  GMutex lock; /* what follows */
  GCond wake;
  TideWorkspace *workspace;
  GPtrArray *due;     /* TideAlertDelivery*, oldest first */
  GHashTable *infos;  /* name → TideWatchRouteInfo* */
  bool closing;
};

static void
info_free (void *data)
{
  tide_watch_route_info_clear (data);
  g_free (data);
}

/* With the lock. */
static TideWatchRouteInfo *
get_info (TideWatchRoutes *self, const char *name)
{
  TideWatchRouteInfo *info = g_hash_table_lookup (self->infos, name);

  if (info != NULL)
    return info;
  info = g_new0 (TideWatchRouteInfo, 1);
  info->name = g_strdup (name);
  info->last = TIDE_TIME_NONE;
  g_hash_table_insert (self->infos, info->name, info);
  return info;
}

/* --- one delivery --- */

static TideSendResult
send_notice (TideWatchRoutes *self, const TideAlertDelivery *delivery, char **ret_answer)
{
  g_autoptr (GVariant) body = g_variant_parse (G_VARIANT_TYPE ("(sssxu)"), delivery->body, NULL, NULL, NULL);
  TideWatchNotice notice = { .sound_only = strcmp (delivery->route, TIDE_ROUTE_SOUND) == 0 };
  gint64 time;
  guint severity;

  if (body == NULL)
    {
      *ret_answer = g_strdup ("can't be read");
      return TIDE_SEND_REFUSED;
    }
  g_variant_get (body, "(&s&s&sxu)", &notice.title, &notice.body, &notice.rule, &time, &severity);
  notice.time = time;
  notice.severity = (TideSeverity) MIN (severity, TIDE_SEVERITY_CRITICAL);
  bool shown = self->config.host.notify != NULL && self->config.host.notify (&notice, self->config.host.data);

  *ret_answer = g_strdup (shown ? "sent" : "there is no desktop here");
  return shown ? TIDE_SEND_DONE : TIDE_SEND_REFUSED;
}

static TideSendResult
send_webhook (TideWatchRoutes *self, TideWorkspace *workspace, const TideAlertDelivery *delivery, char **ret_answer)
{
  const TideRoute *route = tide_workspace_get_route (workspace, delivery->route);
  char *secret;
  TideSendResult result;

  if (route == NULL)
    {
      *ret_answer = g_strdup ("the workspace has no such route any more");
      return TIDE_SEND_REFUSED;
    }
  secret = route->auth != TIDE_ROUTE_AUTH_NONE && self->config.host.secret != NULL
               ? self->config.host.secret (route, self->config.host.data)
               : NULL;
  result = tide_watch_webhook_send (route, secret, delivery->id, delivery->body, self->cancellable, ret_answer);
  if (secret != NULL)
    explicit_bzero (secret, strlen (secret));
  g_free (secret);
  return result;
}

static TideSendResult
send_one (TideWatchRoutes *self, TideWorkspace *workspace, const TideAlertDelivery *delivery, char **ret_answer)
{
  if (strcmp (delivery->route, TIDE_ROUTE_DESKTOP) == 0 || strcmp (delivery->route, TIDE_ROUTE_SOUND) == 0)
    return send_notice (self, delivery, ret_answer);
  if (g_str_has_prefix (delivery->route, "command:"))
    return tide_watch_command_send (self->config.host.commands_file, delivery->route + strlen ("command:"), delivery->body,
                                    self->cancellable, ret_answer);
  return send_webhook (self, workspace, delivery, ret_answer);
}

static TideDuration
wait_after (guint attempts)
{
  return attempts >= 16 ? RETRY_MAX : MIN (RETRY_FIRST << (attempts - 1), RETRY_MAX);
}

/* TRUE: it is done with, one way or the other. */
static bool
settle (TideWatchRoutes *self, TideAlertDelivery *delivery, TideSendResult result, char *answer)
{
  TideTime now = tide_clock_now (&self->config.clock);
  bool gives_up = result == TIDE_SEND_REFUSED || now - delivery->created > GIVE_UP;
  TideWatchRouteInfo *info;

  delivery->attempts++;
  g_free (delivery->answer);
  delivery->answer = answer;
  delivery->next = now + wait_after (delivery->attempts);
  if (result == TIDE_SEND_DONE || gives_up)
    {
      g_free (delivery->status);
      delivery->status = g_strdup (result == TIDE_SEND_DONE ? "sent" : "dead");
    }
  g_mutex_lock (&self->lock);
  info = get_info (self, delivery->route);
  info->last = now;
  info->dead = result != TIDE_SEND_DONE && gives_up;
  g_free (info->answer);
  info->answer = g_strdup (answer);
  g_mutex_unlock (&self->lock);
  return strcmp (delivery->status, "due") != 0;
}

static void
record (TideWatchRoutes *self, TideAlertDelivery *delivery)
{
  g_autoptr (GPtrArray) one = g_ptr_array_new ();
  TideAlertWrite write = { .deliveries = one };

  g_ptr_array_add (one, delivery);
  tide_alert_write (self->config.writer, &write, NULL); /* when the disk is full it is sent again after a restart */
}

/* --- the thread --- */

/* The first that may be tried now; else when the next may. With the lock. */
static TideAlertDelivery *
take_due (TideWatchRoutes *self, TideTime *ret_next)
{
  TideTime now = tide_clock_now (&self->config.clock);

  *ret_next = TIDE_TIME_MAX;
  for (guint i = 0; i < self->due->len; i++)
    {
      TideAlertDelivery *delivery = g_ptr_array_index (self->due, i);

      if (delivery->next == TIDE_TIME_NONE || delivery->next <= now)
        return g_ptr_array_steal_index (self->due, i);
      *ret_next = MIN (*ret_next, delivery->next);
    }
  return NULL;
}

static void
load (TideWatchRoutes *self)
{
  g_autoptr (TideReader) reader = tide_store_acquire_reader (self->config.store, NULL);
  g_autoptr (GPtrArray) due = NULL;

  if (reader == NULL || !tide_reader_begin (reader, 0, NULL, NULL))
    return;
  due = tide_store_get_alert_deliveries (reader, NULL, DUE_MAX, NULL);
  tide_reader_end (reader);
  g_mutex_lock (&self->lock);
  while (due != NULL && due->len > 0)
    g_ptr_array_add (self->due, g_ptr_array_steal_index (due, 0));
  g_mutex_unlock (&self->lock);
}

static void *
run (void *data)
{
  TideWatchRoutes *self = data;

  tide_thread_set_role (TIDE_THREAD_WORKER);
  load (self);
  for (;;)
    {
      g_autoptr (TideWorkspace) workspace = NULL;
      TideAlertDelivery *delivery = NULL;
      TideTime next;
      char *answer = NULL;
      TideSendResult result;

      g_mutex_lock (&self->lock);
      while (!self->closing && (delivery = take_due (self, &next)) == NULL)
        {
          TideTime now = tide_clock_now (&self->config.clock);

          if (next == TIDE_TIME_MAX)
            g_cond_wait (&self->wake, &self->lock);
          else
            g_cond_wait_until (&self->wake, &self->lock, g_get_monotonic_time () + CLAMP (next - now, TIDE_MS, TIDE_SECOND));
        }
      if (self->closing)
        {
          g_mutex_unlock (&self->lock);
          return NULL;
        }
      workspace = tide_workspace_ref (self->workspace);
      g_mutex_unlock (&self->lock);
      result = send_one (self, workspace, delivery, &answer);
      bool done = settle (self, delivery, result, answer);

      record (self, delivery);
      if (done)
        tide_alert_delivery_free (delivery);
      else
        tide_watch_routes_push (self, delivery);
    }
}

TideWatchRoutes *
tide_watch_routes_new (const TideWatchRoutesConfig *config, TideWorkspace *workspace)
{
  TideWatchRoutes *self = g_new0 (TideWatchRoutes, 1);

  self->config = *config;
  self->workspace = tide_workspace_ref (workspace);
  self->cancellable = g_cancellable_new ();
  self->due = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_alert_delivery_free);
  self->infos = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, info_free);
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  self->thread = g_thread_new ("routes", run, self);
  return self;
}

void
tide_watch_routes_free (TideWatchRoutes *self)
{
  if (self == NULL)
    return;
  g_mutex_lock (&self->lock);
  self->closing = true;
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
  g_cancellable_cancel (self->cancellable);
  g_thread_join (self->thread);
  g_object_unref (self->cancellable);
  g_ptr_array_unref (self->due);
  g_hash_table_unref (self->infos);
  tide_workspace_unref (self->workspace);
  g_cond_clear (&self->wake);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
tide_watch_routes_set_workspace (TideWatchRoutes *self, TideWorkspace *workspace)
{
  g_mutex_lock (&self->lock);
  tide_workspace_unref (self->workspace);
  self->workspace = tide_workspace_ref (workspace);
  g_mutex_unlock (&self->lock);
}

void
tide_watch_routes_push (TideWatchRoutes *self, TideAlertDelivery *delivery)
{
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->due, delivery);
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
}

GArray *
tide_watch_routes_get_infos (TideWatchRoutes *self)
{
  GArray *infos = g_array_new (FALSE, TRUE, sizeof (TideWatchRouteInfo));
  GHashTableIter iter;
  void *value;

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->workspace->routes->len; i++)
    get_info (self, ((TideRoute *) g_ptr_array_index (self->workspace->routes, i))->name);
  g_hash_table_iter_init (&iter, self->infos);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      TideWatchRouteInfo info = *(TideWatchRouteInfo *) value;

      info.name = g_strdup (info.name);
      info.answer = g_strdup (info.answer);
      info.due = 0;
      for (guint i = 0; i < self->due->len; i++)
        info.due += strcmp (((TideAlertDelivery *) g_ptr_array_index (self->due, i))->route, info.name) == 0;
      g_array_append_val (infos, info);
    }
  g_mutex_unlock (&self->lock);
  return infos;
}
