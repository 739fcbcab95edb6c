/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a notification says, as JSON for programs and as text for people. The JSON's shape is a contract (README.md);
 * fields are added, never changed. Texts come from a workspace and from events: everything is escaped.
 * Limit: at most ITEMS_MAX alerts are spelled out; the rest is a number. */
#include "watch-private.h"

#include <math.h>
#include <string.h>

#define ITEMS_MAX 50
#define LINES_MAX 6

void
tide_watch_notice_free (TideWatchNotice *notice)
{
  if (notice == NULL)
    return;
  g_free (notice->title);
  g_free (notice->body);
  g_free (notice->rule);
  g_free (notice);
}

/* "key":"text" or "key":null, with a comma before it. */
static void
append_text (GString *out, const char *key, const char *text)
{
  g_string_append_printf (out, ",\"%s\":", key);
  if (text != NULL)
    tide_json_append_text (out, text, -1);
  else
    g_string_append (out, "null");
}

static void
append_time (GString *out, const char *key, TideTime time)
{
  char buffer[TIDE_TIME_STR_MAX];

  tide_time_format (time, buffer);
  append_text (out, key, *buffer != '\0' ? buffer : NULL);
}

static void
append_item (GString *out, const TideWatchItem *item)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (out, "{\"status\":\"%s\"", item->resolved ? "resolved" : "firing");
  append_text (out, "rule", item->rule);
  append_text (out, "title", item->title);
  append_text (out, "group", item->group);
  append_text (out, "severity", tide_severity_to_string (item->severity));
  append_text (out, "metric", item->metric);
  append_time (out, "time", item->time);
  append_time (out, "fired", item->fired);
  g_string_append_printf (out, ",\"value\":%s", isnan (item->value) ? "null" : g_ascii_dtostr (buffer, sizeof buffer, item->value));
  append_text (out, "unit", item->unit);
  append_text (out, "reason", item->reason);
  append_text (out, "runbook", item->runbook);
  g_string_append_c (out, '}');
}

static guint
count_firing (const GPtrArray *items)
{
  guint n = 0;

  for (guint i = 0; i < items->len; i++)
    n += !((TideWatchItem *) g_ptr_array_index (items, i))->resolved;
  return n;
}

char *
tide_watch_notification_to_json (const TideWorkspace *workspace, const GPtrArray *items, TideTime now)
{
  GString *out = g_string_new ("{\"version\":1");
  guint firing = count_firing (items);

  append_text (out, "workspace", workspace->name);
  append_text (out, "status", firing > 0 ? "firing" : "resolved");
  append_time (out, "sent", now);
  g_string_append_printf (out, ",\"firing\":%u,\"resolved\":%u,\"alerts\":[", firing, items->len - firing);
  for (guint i = 0; i < MIN (items->len, ITEMS_MAX); i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      append_item (out, g_ptr_array_index (items, i));
    }
  g_string_append_printf (out, "],\"left_out\":%u}", items->len - MIN (items->len, ITEMS_MAX));
  return g_string_free (out, FALSE);
}

static char *
name_of (const TideWatchItem *item)
{
  return *item->group != '\0' ? g_strdup_printf ("%s · %s", item->title, item->group) : g_strdup (item->title);
}

void
tide_watch_notification_to_text (const GPtrArray *items, char **ret_title, char **ret_body)
{
  const TideWatchItem *first = g_ptr_array_index (items, 0);
  guint firing = count_firing (items);
  g_autofree char *name = name_of (first);
  GString *body = g_string_new (NULL);

  if (items->len == 1)
    {
      *ret_title = g_strdup_printf (first->resolved ? "%s: resolved" : "%s", name);
      g_string_append (body, first->reason);
    }
  else
    {
      *ret_title = firing == 0             ? g_strdup_printf ("%u alerts resolved", items->len)
                   : firing == items->len ? g_strdup_printf ("%u alerts firing", firing)
                                          : g_strdup_printf ("%u alerts firing, %u resolved", firing, items->len - firing);
      for (guint i = 0; i < MIN (items->len, LINES_MAX); i++)
        {
          const TideWatchItem *item = g_ptr_array_index (items, i);
          g_autofree char *one = name_of (item);

          g_string_append_printf (body, "%s%s%s", i > 0 ? "\n" : "", one, item->resolved ? ": resolved" : "");
        }
      if (items->len > LINES_MAX)
        g_string_append_printf (body, "\nand %u more", items->len - LINES_MAX);
    }
  *ret_body = g_string_free (body, FALSE);
}
