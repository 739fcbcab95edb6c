/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A webhook: one POST of the notification's JSON. X-Tidemark-Delivery is the same in every attempt, so that a receiver can
 * tell a retry. A secret goes as a bearer token, over TLS or to this machine only, or signs the body (HMAC-SHA256) and
 * goes nowhere. Redirects are not followed: the route was agreed to, and its secret is bound to its host. */
#include "watch-private.h"

#include <libsoup/soup.h>
#include <string.h>

#define TIMEOUT_S 10

static bool
is_local (GUri *uri)
{
  const char *host = g_uri_get_host (uri);

  return strcmp (host, "127.0.0.1") == 0 || strcmp (host, "localhost") == 0 || strcmp (host, "::1") == 0;
}

/* FALSE: it can't be sent like this. */
static bool
add_auth (SoupMessage *message, const TideRoute *route, const char *secret, const char *body, char **ret_answer)
{
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  g_autofree char *value = NULL;

  if (route->auth == TIDE_ROUTE_AUTH_NONE)
    return true;
  if (secret == NULL)
    *ret_answer = g_strdup_printf ("there is no secret for the route %s: set it in the preferences, or as TIDEMARK_SECRET_ROUTE_…",
                                   route->name);
  else if (route->auth == TIDE_ROUTE_AUTH_HMAC)
    {
      g_autofree char *sum = g_compute_hmac_for_string (G_CHECKSUM_SHA256, (const guchar *) secret, strlen (secret), body, -1);

      value = g_strconcat ("sha256=", sum, NULL);
      soup_message_headers_append (headers, "X-Tidemark-Signature", value);
      return true;
    }
  else if (strcmp (g_uri_get_scheme (soup_message_get_uri (message)), "https") != 0 && !is_local (soup_message_get_uri (message)))
    *ret_answer = g_strdup ("a bearer token is sent over https only: change the address, or use auth=hmac");
  else
    {
      value = g_strconcat ("Bearer ", secret, NULL);
      soup_message_headers_append (headers, "Authorization", value);
      explicit_bzero (value, strlen (value));
      return true;
    }
  return false;
}

static TideSendResult
judge (guint status)
{
  if (status >= 200 && status < 300)
    return TIDE_SEND_DONE;
  /* Those are for another time; any other answer below 500 will not change. */
  return status == 408 || status == 425 || status == 429 || status >= 500 ? TIDE_SEND_RETRY : TIDE_SEND_REFUSED;
}

/**
 * tide_watch_webhook_send:
 * @ret_answer: (out): "200 in 84 ms", or what went wrong
 *
 * Thread: the routes'; blocks up to TIMEOUT_S.
 */
TideSendResult
tide_watch_webhook_send (const TideRoute *route, const char *secret, gint64 id, const char *body, GCancellable *cancellable,
                         char **ret_answer)
{
  g_autoptr (SoupSession) session = soup_session_new_with_options ("timeout", TIMEOUT_S, "user-agent", "Tidemark/" TIDE_VERSION, NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("POST", route->url);
  g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body)), answer = NULL;
  g_autofree char *delivery = g_strdup_printf ("%" G_GINT64_FORMAT, id);
  g_autoptr (GError) error = NULL;
  int64_t begun = g_get_monotonic_time ();

  if (message == NULL)
    {
      *ret_answer = g_strdup ("the address can't be read");
      return TIDE_SEND_REFUSED;
    }
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  soup_message_headers_append (soup_message_get_request_headers (message), "X-Tidemark-Delivery", delivery);
  soup_message_set_request_body_from_bytes (message, "application/json", bytes);
  if (!add_auth (message, route, secret, body, ret_answer))
    return TIDE_SEND_REFUSED;
  answer = soup_session_send_and_read (session, message, cancellable, &error);
  if (answer == NULL)
    {
      *ret_answer = g_strdup (error->message);
      return TIDE_SEND_RETRY;
    }
  *ret_answer = g_strdup_printf ("%u in %d ms", (guint) soup_message_get_status (message),
                                 (int) ((g_get_monotonic_time () - begun) / 1000));
  return judge (soup_message_get_status (message));
}
