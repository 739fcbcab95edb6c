/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Masked values: "h:" and 128 bits of HMAC-SHA256 with the workspace's key, so that equal values stay equal, for counts
 * and joins, and nobody without the key can try out which value it was. A payload that goes to quarantine from a stream
 * with a masked field is written anew from the schema's fields, since no one knows what else is in it.
 * For the same reason the key that the source gives an event is masked too, and its headers are not kept. */
#include "ingest-decoder-private.h"

#include <string.h>

#define SHOWN_DIGITS 32

struct _TideMask
{
  guint8 key[32];
  char text[2 + 64 + 1];
  char meta_key[2 + SHOWN_DIGITS];
};

TideMask *
tide_mask_new (void)
{
  TideMask *mask = g_new0 (TideMask, 1);
  for (guint i = 0; i < sizeof mask->key; i++)
    mask->key[i] = (guint8) g_random_int_range (0, 256);
  return mask;
}

void
tide_mask_free (TideMask *mask)
{
  if (mask == NULL)
    return;
  explicit_bzero (mask->key, sizeof mask->key);
  g_free (mask);
}

void
tide_mask_set_key (TideMask *mask, const char *secret)
{
  gsize len = sizeof mask->key;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (checksum, (const guchar *) secret, (gssize) strlen (secret));
  g_checksum_get_digest (checksum, mask->key, &len);
}

bool
tide_mask_is_masked (TideText text)
{
  if (text.len != 2 + SHOWN_DIGITS || memcmp (text.data, "h:", 2) != 0)
    return false;
  for (guint i = 2; i < text.len; i++)
    if (!g_ascii_isxdigit (text.data[i]))
      return false;
  return true;
}

TideText
tide_mask_apply (TideMask *mask, TideText text)
{
  g_autofree char *digest = g_compute_hmac_for_data (G_CHECKSUM_SHA256, mask->key, sizeof mask->key,
                                                     (const guchar *) (text.len > 0 ? text.data : ""), text.len);
  memcpy (mask->text, "h:", 2);
  memcpy (mask->text + 2, digest, SHOWN_DIGITS);
  return (TideText){ mask->text, 2 + SHOWN_DIGITS };
}

/* --- what the source says of an event --- */

void
tide_mask_meta (TideMask *mask, bool replay, const TideEventMeta *meta, TideEventMeta *ret_meta)
{
  *ret_meta = *meta;
  ret_meta->headers = NULL;
  ret_meta->headers_len = 0;
  TideText key = { meta->key, (uint32_t) meta->key_len };
  if (meta->key == NULL || (replay && tide_mask_is_masked (key)))
    return;
  memcpy (mask->meta_key, tide_mask_apply (mask, key).data, sizeof mask->meta_key);
  ret_meta->key = mask->meta_key;
  ret_meta->key_len = sizeof mask->meta_key;
}

/* --- payloads --- */

static void
append_json_value (GString *out, TideMask *mask, const TideField *field, const TideRaw *raw)
{
  bool text = raw->kind == TIDE_RAW_TEXT || raw->kind == TIDE_RAW_CELL, number = raw->kind == TIDE_RAW_NUMBER;
  if (field->mask && (text || number))
    {
      TideText masked = tide_mask_apply (mask, (TideText){ raw->data, raw->len });
      tide_json_append_text (out, masked.data, masked.len);
    }
  else if (text)
    tide_json_append_text (out, raw->data, raw->len);
  else if (number)
    g_string_append_len (out, raw->data, raw->len);
  else if (!field->mask && (raw->kind == TIDE_RAW_TRUE || raw->kind == TIDE_RAW_FALSE))
    g_string_append (out, raw->kind == TIDE_RAW_TRUE ? "true" : "false");
  else
    g_string_append (out, "null");
}

/* The fields of [first, n) that begin with the same @depth parts as the first: members of one object. */
static void
append_json_object (GString *out, TideMask *mask, const TideStream *stream, const TideRaw *raws, guint depth,
                    const char *const *prefix, bool *written)
{
  bool first = true;
  g_string_append_c (out, '{');
  for (uint32_t i = 0; i < stream->n_fields; i++)
    {
      const TideField *field = stream->fields[i];
      bool inside = !written[i] && raws[i].kind != TIDE_RAW_MISSING;
      for (guint k = 0; inside && k < depth; k++)
        inside = field->path_parts[k] != NULL && strcmp (field->path_parts[k], prefix[k]) == 0;
      if (!inside || field->path_parts[depth] == NULL)
        continue;
      g_string_append (out, first ? "" : ",");
      first = false;
      tide_json_append_text (out, field->path_parts[depth], -1);
      g_string_append_c (out, ':');
      if (field->path_parts[depth + 1] == NULL)
        {
          append_json_value (out, mask, field, &raws[i]);
          written[i] = true;
        }
      else
        append_json_object (out, mask, stream, raws, depth + 1, (const char *const *) field->path_parts, written);
    }
  g_string_append_c (out, '}');
}

static void
append_csv_record (GString *out, TideMask *mask, const TideStream *stream, const TideRaw *raws)
{
  for (uint32_t i = 0; i < stream->n_fields; i++)
    {
      TideText text = { raws[i].data, raws[i].len };
      g_string_append (out, i == 0 ? "" : ",");
      if (raws[i].kind != TIDE_RAW_CELL || text.len == 0)
        continue;
      if (stream->fields[i]->mask)
        text = tide_mask_apply (mask, text);
      g_string_append_c (out, '"');
      for (uint32_t k = 0; k < text.len; k++)
        g_string_append_printf (out, text.data[k] == '"' ? "\"\"" : "%c", text.data[k]);
      g_string_append_c (out, '"');
    }
}

/* @raws: NULL where the event could not even be read: then nothing of it is kept. */
void
tide_mask_payload (TideMask *mask, const TideStream *stream, const TideRaw *raws, GString *ret_payload)
{
  g_string_truncate (ret_payload, 0);
  if (raws == NULL)
    return;
  if (stream->format == TIDE_FORMAT_CSV)
    {
      append_csv_record (ret_payload, mask, stream, raws);
      return;
    }
  g_autofree bool *written = g_new0 (bool, stream->n_fields + 1);
  append_json_object (ret_payload, mask, stream, raws, 0, NULL, written);
}
