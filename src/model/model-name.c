/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of sections: what they may look like, which ones the store's own tables take, and the nearest known name
 * for a message. Streams, analyses and the plain tables share SQLite's names, which ignore case.
 * Limit: nearness is counted in bytes and only for words of up to 64 of them. */
#include "model-private.h"

#include <string.h>

#define NAME_MAX_LEN 64

bool
tide_name_check (const char *name, GError **error)
{
  size_t len = strlen (name);
  bool good = len > 0 && len <= NAME_MAX_LEN && g_ascii_isalnum (name[0]);
  for (size_t i = 0; good && i < len; i++)
    good = g_ascii_isalnum (name[i]) || name[i] == '_' || name[i] == '-';
  if (!good)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                 "'%s' is no name; expected letters, digits, _ and -, at most %d, a letter or digit first", name,
                 NAME_MAX_LEN);
  return good;
}

char *
tide_name_from_title (const char *title)
{
  g_autofree char *ascii = g_str_to_ascii (title, "C");
  GString *name = g_string_new (NULL);

  for (const char *at = ascii; *at != '\0' && name->len < 48; at++)
    if (g_ascii_isalnum (*at))
      g_string_append_c (name, g_ascii_tolower (*at));
    else if (name->len > 0 && name->str[name->len - 1] != '-')
      g_string_append_c (name, '-');
  if (name->len > 0 && name->str[name->len - 1] == '-')
    g_string_truncate (name, name->len - 1);
  return g_string_free (name, FALSE);
}

bool
tide_name_is_reserved (const char *name)
{
  static const char *const tables[] = {
    "quarantine", "run", "alert_event", "position", "gap",
    "latency", "cost", "freshness", "staleness", "staleness_mark", "advice",
    "meta", "stream", "stream_column", "block", "block_column", "metric_version", "metric_group", "state",
    "base_state", "day_state", "result_version", "alert_rule", "alert_state", "alert_silence", "alert_delivery", "baseline",
    "baseline_metric", "quality_hour", "profile_day", "profile_mark", "drift", "quarantine_count",
    /* Indexes share the name space. */
    "block_seq", "quarantine_stream", "run_name", "metric_version_name", "alert_event_rule", "alert_delivery_status",
    "quarantine_state",
  };
  if (g_ascii_strncasecmp (name, "sqlite_", 7) == 0 || strchr (name, '@') != NULL)
    return true;
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    if (g_ascii_strcasecmp (tables[i], name) == 0)
      return true;
  return false;
}

/* Edits (insert, delete, replace, swap of neighbours) between two short words; more than @limit gives limit + 1. */
static guint
edit_distance (const char *a, const char *b, guint limit)
{
  size_t n = strlen (a), m = strlen (b);
  if (n > NAME_MAX_LEN || m > NAME_MAX_LEN || (n > m ? n - m : m - n) > limit)
    return limit + 1;
  guint rows[3][NAME_MAX_LEN + 1];
  guint *before = rows[0], *previous = rows[1], *current = rows[2];
  for (guint j = 0; j <= m; j++)
    previous[j] = j;
  for (guint i = 1; i <= n; i++)
    {
      current[0] = i;
      for (guint j = 1; j <= m; j++)
        {
          guint cost = g_ascii_tolower (a[i - 1]) == g_ascii_tolower (b[j - 1]) ? 0 : 1;
          guint best = MIN (MIN (previous[j] + 1, current[j - 1] + 1), previous[j - 1] + cost);
          if (i > 1 && j > 1 && g_ascii_tolower (a[i - 1]) == g_ascii_tolower (b[j - 2])
              && g_ascii_tolower (a[i - 2]) == g_ascii_tolower (b[j - 1]))
            best = MIN (best, before[j - 2] + 1);
          current[j] = best;
        }
      guint *oldest = before;
      before = previous;
      previous = current;
      current = oldest;
    }
  return previous[m];
}

static guint
near_limit (const char *name)
{
  size_t len = strlen (name);
  return len <= 2 ? 1 : (guint) MIN (len / 3 + 1, 3);
}

void
tide_nearest_init (TideNearest *nearest, const char *name)
{
  nearest->name = name;
  nearest->best = NULL;
  nearest->distance = near_limit (name) + 1;
}

void
tide_nearest_offer (TideNearest *nearest, const char *candidate)
{
  guint distance = edit_distance (nearest->name, candidate, nearest->distance);
  if (distance < nearest->distance && distance < strlen (candidate))
    {
      nearest->distance = distance;
      nearest->best = candidate;
    }
}

char *
tide_nearest_hint (const TideNearest *nearest)
{
  return nearest->best == NULL ? g_strdup ("") : g_strdup_printf ("; did you mean '%s'?", nearest->best);
}
