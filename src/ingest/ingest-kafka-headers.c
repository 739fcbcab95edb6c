/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A message's headers as one JSON object, {"trace":"4bf9","retry":["1","2"],"none":null}, for the column _headers: SQL
 * reads one as _headers ->> 'trace'. Sorted by name, so that events with the same headers have the same text; a name
 * that occurs more than once has an array of its values, in their order. A value that is no UTF-8 is written as
 * hexadecimal digits after 0x, as binary keys are. */
#include "ingest-kafka-private.h"

#include <string.h>

typedef struct
{
  const char *name;
  const char *value; /* NULL: null */
  size_t len;
  size_t index;
} Header;

struct _TideKafkaHeaders
{
  GArray *list; /* Header */
  GString *text;
};

TideKafkaHeaders *
tide_kafka_headers_new (void)
{
  TideKafkaHeaders *headers = g_new0 (TideKafkaHeaders, 1);
  headers->list = g_array_new (FALSE, FALSE, sizeof (Header));
  headers->text = g_string_new (NULL);
  return headers;
}

void
tide_kafka_headers_free (TideKafkaHeaders *headers)
{
  if (headers == NULL)
    return;
  g_array_unref (headers->list);
  g_string_free (headers->text, TRUE);
  g_free (headers);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const Header *x = a, *y = b;
  int order = strcmp (x->name, y->name);
  return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

static void
append_hex (GString *out, const char *data, size_t len)
{
  g_string_append (out, "\"0x");
  for (size_t i = 0; i < len; i++)
    g_string_append_printf (out, "%02x", (unsigned char) data[i]);
  g_string_append_c (out, '"');
}

static void
append_text (GString *out, const char *data, size_t len)
{
  if (g_utf8_validate_len (data, len, NULL))
    tide_json_append_text (out, data, (gssize) len);
  else
    append_hex (out, data, len);
}

static void
append_value (GString *out, const Header *header)
{
  if (header->value == NULL)
    g_string_append (out, "null");
  else
    append_text (out, header->value, header->len);
}

/* The values of the name at @first; returns where the next name is. */
static guint
append_name (GString *out, const GArray *list, guint first)
{
  const Header *header = &g_array_index (list, Header, first);
  guint end = first + 1;
  while (end < list->len && strcmp (g_array_index (list, Header, end).name, header->name) == 0)
    end++;
  append_text (out, header->name, strlen (header->name));
  g_string_append_c (out, ':');
  if (end - first > 1)
    g_string_append_c (out, '[');
  for (guint i = first; i < end; i++)
    {
      if (i > first)
        g_string_append_c (out, ',');
      append_value (out, &g_array_index (list, Header, i));
    }
  if (end - first > 1)
    g_string_append_c (out, ']');
  return end;
}

const GString *
tide_kafka_headers_read (TideKafkaHeaders *headers, const rd_kafka_message_t *message)
{
  rd_kafka_headers_t *found;
  const void *value;
  Header header = { 0 };
  if (rd_kafka_message_headers (message, &found) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return NULL;
  g_array_set_size (headers->list, 0);
  for (; rd_kafka_header_get_all (found, header.index, &header.name, &value, &header.len) == RD_KAFKA_RESP_ERR_NO_ERROR;
       header.index++)
    {
      header.value = value;
      g_array_append_val (headers->list, header);
    }
  if (headers->list->len == 0)
    return NULL;
  g_array_sort (headers->list, compare);
  g_string_assign (headers->text, "{");
  for (guint i = 0; i < headers->list->len;)
    {
      if (i > 0)
        g_string_append_c (headers->text, ',');
      i = append_name (headers->text, headers->list, i);
    }
  g_string_append_c (headers->text, '}');
  return headers->text;
}
