/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks things up in the catalog and checks the value of a key against its row. Every section of the workspace
 * file is checked through these rows, so that a message for a wrong value reads the same whoever owns the key.
 * Limit: a row checks one value; what depends on two keys is checked where both are known. */
#include "model.h"

#include <math.h>
#include <string.h>

#define VALUE_MAX_BYTES (64 * 1024)

const TideSourceSpec *
tide_catalog_get_source (const TideCatalog *catalog, const char *kind)
{
  for (guint i = 0; catalog->sources != NULL && catalog->sources[i] != NULL; i++)
    if (strcmp (catalog->sources[i]->kind, kind) == 0)
      return catalog->sources[i];
  return NULL;
}

const TideAggregateSpec *
tide_catalog_get_aggregate (const TideCatalog *catalog, const char *name)
{
  for (guint i = 0; catalog->aggregates != NULL && catalog->aggregates[i] != NULL; i++)
    if (strcmp (catalog->aggregates[i]->name, name) == 0)
      return catalog->aggregates[i];
  return NULL;
}

const TideKeySpec *
tide_source_spec_get_key (const TideSourceSpec *spec, const char *name)
{
  for (guint i = 0; i < spec->n_keys; i++)
    {
      const TideKeySpec *key = &spec->keys[i];
      size_t len = strlen (key->name);
      if (key->type == TIDE_KEY_PREFIX ? strncmp (key->name, name, len) == 0 && name[len] != '\0'
                                       : strcmp (key->name, name) == 0)
        return key;
    }
  return NULL;
}

bool
tide_bool_parse (const char *text, bool *ret_value, GError **error)
{
  static const char *const yes[] = { "true", "yes", "1", NULL }, *const no[] = { "false", "no", "0", NULL };
  bool value = g_strv_contains (yes, text);
  if (!value && !g_strv_contains (no, text))
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "'%s' is neither true nor false", text);
      return false;
    }
  *ret_value = value;
  return true;
}

bool
tide_size_parse (const char *text, gint64 *ret_bytes, GError **error)
{
  static const struct
  {
    const char *unit;
    double bytes;
  } units[] = {
    { "", 1 }, { "B", 1 }, { "kB", 1e3 }, { "KB", 1e3 }, { "MB", 1e6 }, { "GB", 1e9 }, { "TB", 1e12 },
    { "KiB", 1024.0 }, { "MiB", 1048576.0 }, { "GiB", 1073741824.0 }, { "TiB", 1099511627776.0 },
  };
  size_t digits = strspn (text, "0123456789.");
  char *end = NULL;
  double number = digits == 0 ? NAN : g_ascii_strtod (text, &end);
  if (end == text + digits && isfinite (number))
    {
      while (*end == ' ')
        end++;
      for (guint i = 0; i < G_N_ELEMENTS (units); i++)
        if (strcmp (end, units[i].unit) == 0 && number * units[i].bytes < 9e18)
          {
            *ret_bytes = (gint64) (number * units[i].bytes);
            return true;
          }
    }
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "'%s' is no size; expected a number and a unit such as 16MB",
               text);
  return false;
}

static bool
fail (GError **error, const char *value, const char *expected)
{
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "'%s' is wrong; expected %s", value, expected);
  return false;
}

static bool
check_choice (const TideKeySpec *spec, const char *value, GError **error)
{
  if (spec->choices != NULL && g_strv_contains (spec->choices, value))
    return true;
  g_autofree char *choices = spec->choices == NULL ? g_strdup ("") : g_strjoinv (", ", (char **) spec->choices);
  g_autofree char *expected
      = g_strconcat (spec->type == TIDE_KEY_TIME ? "a time such as 2026-11-01T02:00Z" : "one of ",
                     spec->type == TIDE_KEY_TIME && *choices != '\0' ? " or one of " : "", choices, NULL);
  return fail (error, value, expected);
}

/* host:port, [v6]:port; a port is from 1 to 65535. */
static bool
host_is_valid (const char *host)
{
  const char *colon = strrchr (host, ':');
  if (colon == NULL || colon == host)
    return false;
  if (*host == '[' ? colon[-1] != ']' : memchr (host, ':', (size_t) (colon - host)) != NULL)
    return false;
  for (const char *p = host; p < colon; p++)
    if (g_ascii_isspace (*p) || g_ascii_iscntrl (*p) || *p == '/' || *p == '@')
      return false;
  guint64 port;
  return g_ascii_string_to_unsigned (colon + 1, 10, 1, 65535, &port, NULL);
}

static bool
check_hosts (const char *value, GError **error)
{
  g_auto (GStrv) hosts = g_strsplit (value, ",", -1);
  for (guint i = 0; hosts[i] != NULL; i++)
    if (!host_is_valid (g_strstrip (hosts[i])))
      return fail (error, hosts[i], "host:port, several separated by commas");
  return true;
}

static bool
check_url (const char *value, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (value, G_URI_FLAGS_NONE, NULL);
  static const char *const schemes[] = { "http", "https", "ws", "wss", NULL };
  if (uri == NULL || !g_strv_contains (schemes, g_uri_get_scheme (uri)) || g_uri_get_host (uri) == NULL
      || *g_uri_get_host (uri) == '\0')
    {
      /* The text is not repeated: there may be a password in it. */
      g_set_error_literal (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                           "this is no address; expected one such as https://example.org/events");
      return false;
    }
  if (g_uri_get_userinfo (uri) != NULL)
    {
      g_set_error_literal (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                           "a password does not belong in the workspace file; it is asked for, or taken from "
                           "TIDEMARK_SECRET_<SOURCE>");
      return false;
    }
  return true;
}

static bool
check_number (const TideKeySpec *spec, const char *value, GError **error)
{
  if (spec->type == TIDE_KEY_INT)
    {
      gint64 number;
      return g_ascii_string_to_signed (value, 10, INT64_MIN, INT64_MAX, &number, NULL)
             || fail (error, value, "a whole number");
    }
  char *end;
  double number = g_ascii_strtod (value, &end);
  return (end != value && *end == '\0' && isfinite (number)) || fail (error, value, "a number such as 1.5");
}

static bool
check_type (const TideKeySpec *spec, const char *value, GError **error)
{
  bool flag;
  TideDuration duration;
  TideTime time;
  switch (spec->type)
    {
    case TIDE_KEY_INT:
    case TIDE_KEY_REAL:
      return check_number (spec, value, error);
    case TIDE_KEY_BOOL:
      return tide_bool_parse (value, &flag, error);
    case TIDE_KEY_DURATION:
      return tide_duration_parse (value, &duration, error);
    case TIDE_KEY_TIME:
      return tide_time_parse (value, strlen (value), NULL, &time) || check_choice (spec, value, error);
    case TIDE_KEY_CHOICE:
      return check_choice (spec, value, error);
    case TIDE_KEY_HOSTS:
      return check_hosts (value, error);
    case TIDE_KEY_URL:
      return check_url (value, error);
    case TIDE_KEY_TEXT:
    case TIDE_KEY_PATH:
    case TIDE_KEY_PREFIX:
      return true;
    }
  return true;
}

bool
tide_key_spec_check (const TideKeySpec *spec, const char *name, const char *value, GError **error)
{
  if (strlen (value) > VALUE_MAX_BYTES)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "the value is too long; at most %d bytes are read",
                   VALUE_MAX_BYTES);
      return false;
    }
  if (*value == '\0' && spec->type != TIDE_KEY_PREFIX)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "the value is missing; expected %s",
                   spec->help != NULL ? spec->help : "a value, or no such line");
      return false;
    }
  return check_type (spec, value, error) && (spec->check == NULL || spec->check (name, value, error));
}
