/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Secrets of sources. They are looked up in the Secret Service, bound to workspace, source, host and what protects them
 * on the way, so that a workspace that was changed to point elsewhere, or to send in clear, does not send a password
 * there; without a Secret Service they come
 * from the environment. Never in the workspace, a log or an error. */
#include "pipeline-private.h"

#include <glib/gstdio.h>
#include <libsecret/secret.h>
#include <string.h>

#define DEADLINE_S 5
#define CA_MAX_BYTES (4 * 1024 * 1024)

static const SecretSchema schema = {
  "io.github.tidemark.Tidemark.Source",
  SECRET_SCHEMA_NONE,
  { { "workspace", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { "source", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { "host", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { NULL, 0 } },
};

/* Whatever of a kind's keys says where it connects. */
static const char *
host_of (const TideSourceDef *source)
{
  const char *brokers = tide_source_def_get (source, "brokers");
  const char *url = tide_source_def_get (source, "url");

  return brokers != NULL ? brokers : url != NULL ? url : "";
}

/* A certificate in the workspace may change with it; one outside was agreed to by its path, and is renewed at times. */
static char *
describe_ca (const char *dir, const char *ca)
{
  g_autofree char *path = g_path_is_absolute (ca) ? NULL : tide_workspace_resolve (dir, ca, NULL);
  g_autofree char *text = NULL, *hash = NULL;
  GStatBuf info;
  gsize size = 0;

  if (path == NULL)
    return g_strdup (ca);
  if (g_stat (path, &info) == 0 && S_ISREG (info.st_mode) && info.st_size <= CA_MAX_BYTES
      && g_file_get_contents (path, &text, &size, NULL))
    hash = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) text, size);
  return g_strdup_printf ("%s, SHA-256 %s", ca, hash != NULL ? hash : "unknown");
}

/**
 * tide_pipeline_get_protection:
 * @dir: the workspace's
 *
 * What keeps others from a source's secret and events on the way: how it is secured, how it signs in, and whose
 * certificates it takes.
 *
 * Returns: (nullable): a text for a person; %NULL: the kind has no such setting. Thread: not main; reads a file.
 */
char *
tide_pipeline_get_protection (const char *dir, const TideSourceDef *source)
{
  const char *security = tide_source_def_get (source, "security"), *ca = tide_source_def_get (source, "ca");
  GString *text;

  if (security == NULL)
    return NULL;
  text = g_string_new (security);
  if (g_str_has_prefix (security, "sasl"))
    g_string_append_printf (text, ", %s", tide_source_def_get (source, "mechanism"));
  if (g_str_has_suffix (security, "tls") && ca != NULL && *ca != '\0')
    {
      g_autofree char *described = describe_ca (dir, ca);

      g_string_append_printf (text, ", CA %s", described);
    }
  return g_string_free (text, FALSE);
}

char *
tide_secret_get_binding (const char *dir, const TideSourceDef *source)
{
  g_autofree char *protection = tide_pipeline_get_protection (dir, source);

  return protection == NULL ? g_strdup (host_of (source)) : g_strdup_printf ("%s (%s)", host_of (source), protection);
}

static char *
from_environment (const TideSourceDef *source)
{
  g_autofree char *name = g_ascii_strup (source->name, -1), *variable = NULL;

  g_strdelimit (name, "-", '_');
  variable = g_strconcat ("TIDEMARK_SECRET_", name, NULL);
  return g_strdup (g_getenv (variable));
}

/* A locked keyring may ask the person and never answer: the call is given up after DEADLINE_S. */
static gboolean
on_deadline (void *cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

typedef struct
{
  GMainLoop *loop;
  char *secret;
  bool stored;
  GError *error;
} Call;

static void
on_lookup (GObject *object, GAsyncResult *result, void *data)
{
  Call *call = data;

  call->secret = secret_password_lookup_finish (result, &call->error);
  g_main_loop_quit (call->loop);
}

static void
on_store (GObject *object, GAsyncResult *result, void *data)
{
  Call *call = data;

  call->stored = secret_password_store_finish (result, &call->error);
  g_main_loop_quit (call->loop);
}

/* Runs one asynchronous call on a main context of its own, at most DEADLINE_S long. */
static void
run_call (Call *call, const char *dir, const TideSourceDef *source, const char *new_secret)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GSource) deadline = g_timeout_source_new_seconds (DEADLINE_S);
  g_autofree char *label = g_strdup_printf ("Tidemark: source %s", source->name);
  g_autofree char *host = tide_secret_get_binding (dir, source);

  g_main_context_push_thread_default (context);
  call->loop = g_main_loop_new (context, FALSE);
  g_source_set_callback (deadline, on_deadline, cancellable, NULL);
  g_source_attach (deadline, context);
  if (new_secret == NULL)
    secret_password_lookup (&schema, cancellable, on_lookup, call, "workspace", dir, "source", source->name, "host", host,
                            NULL);
  else
    secret_password_store (&schema, SECRET_COLLECTION_DEFAULT, label, new_secret, cancellable, on_store, call,
                           "workspace", dir, "source", source->name, "host", host, NULL);
  g_main_loop_run (call->loop);
  g_source_destroy (deadline);
  g_main_loop_unref (call->loop);
  g_main_context_pop_thread_default (context);
}

/**
 * tide_secret_lookup:
 *
 * Returns: (nullable): the secret; to be wiped and freed by the caller
 * Thread: not main; blocks up to 5 s.
 */
char *
tide_secret_lookup (const char *workspace_dir, const TideSourceDef *source)
{
  g_autofree char *environment = from_environment (source);
  Call call = { 0 };
  char *secret;

  tide_assert_not_main_thread ();
  if (environment != NULL)
    return g_steal_pointer (&environment);
  if (!source->spec->secret || g_getenv ("DBUS_SESSION_BUS_ADDRESS") == NULL)
    return NULL;
  run_call (&call, workspace_dir, source, NULL);
  g_clear_error (&call.error); /* no Secret Service is as good as no secret */
  secret = g_strdup (call.secret);
  secret_password_free (call.secret);
  return secret;
}

/**
 * tide_secret_store:
 *
 * Thread: not main; blocks up to 5 s.
 */
bool
tide_secret_store (const char *workspace_dir, const TideSourceDef *source, const char *secret, GError **error)
{
  Call call = { 0 };

  tide_assert_not_main_thread ();
  run_call (&call, workspace_dir, source, secret);
  if (call.stored)
    return true;
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_FAILED,
               "the password of %s was not kept: %s. Unlock the keyring, or set TIDEMARK_SECRET_… in the environment",
               source->name, call.error != NULL ? call.error->message : "no Secret Service");
  g_clear_error (&call.error);
  return false;
}

/* A route as a source, for its secret: looked up by name and host in the same way. */
static void
borrow_route (const TideRoute *route, TideSourceDef *ret_def)
{
  static const TideSourceSpec spec = { .kind = "route", .secret = true };

  *ret_def = (TideSourceDef){ .name = g_strconcat ("route-", route->name, NULL), .spec = &spec,
                              .keys = g_hash_table_new (g_str_hash, g_str_equal) };
  g_hash_table_insert (ret_def->keys, (char *) "url", route->url);
}

static void
return_route (TideSourceDef *def)
{
  g_free (def->name);
  g_hash_table_unref (def->keys);
}

/**
 * tide_route_secret_lookup:
 *
 * Thread: not main; blocks up to 5 s.
 */
char *
tide_route_secret_lookup (const char *workspace_dir, const TideRoute *route)
{
  TideSourceDef def;
  char *secret;

  borrow_route (route, &def);
  secret = tide_secret_lookup (workspace_dir, &def);
  return_route (&def);
  return secret;
}

/**
 * tide_route_secret_store:
 *
 * Thread: not main; blocks up to 5 s.
 */
bool
tide_route_secret_store (const char *workspace_dir, const TideRoute *route, const char *secret, GError **error)
{
  TideSourceDef def;
  bool stored;

  borrow_route (route, &def);
  stored = tide_secret_store (workspace_dir, &def, secret, error);
  return_route (&def);
  return stored;
}

/* A key of 128 random bits, as text. */
static char *
make_key (void)
{
  g_autofree char *uuid = g_uuid_string_random (), *more = g_uuid_string_random ();

  return g_strconcat (uuid, more, NULL);
}

/**
 * tide_mask_key_lookup:
 *
 * A key that was lost can't be had again: equal values get another hash from then on.
 *
 * Errors: AUTH. Thread: not main; blocks up to 10 s.
 */
char *
tide_mask_key_lookup (const char *workspace_dir, GError **error)
{
  static const TideSourceSpec spec = { .kind = "mask-key", .secret = true };
  g_autoptr (GHashTable) keys = g_hash_table_new (g_str_hash, g_str_equal);
  TideSourceDef def = { .name = (char *) "mask-key", .spec = &spec, .keys = keys };
  char *key = tide_secret_lookup (workspace_dir, &def);

  if (key != NULL)
    return key;
  key = make_key ();
  if (g_getenv ("DBUS_SESSION_BUS_ADDRESS") != NULL && tide_secret_store (workspace_dir, &def, key, NULL))
    return key;
  g_free (key);
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_AUTH,
               "the stream has a masked field and there is no key to mask it with; unlock the keyring, or set "
               "TIDEMARK_SECRET_MASK_KEY in the environment to a secret of your own");
  return NULL;
}
