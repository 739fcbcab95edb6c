/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See fake-host.h. */
#include "fake-host.h"

#include <stdlib.h>

static void
event_free (gpointer data)
{
  FakeEvent *event = data;
  g_free (event->payload);
  g_free (event->reason);
  g_free (event);
}

static void
position_clear (gpointer data)
{
  tide_position_clear (data);
}

static void
take_position (FakeHost *fake, const TidePosition *position)
{
  for (guint i = 0; i < fake->positions->len; i++)
    {
      TidePosition *old = &g_array_index (fake->positions, TidePosition, i);
      if (old->partition != position->partition)
        continue;
      g_assert_cmpint (position->offset, >=, old->offset);
      g_free (old->token);
      old->token = g_strdup (position->token);
      old->offset = position->offset;
      return;
    }
  TidePosition copy = *position;
  copy.token = g_strdup (position->token);
  g_array_append_val (fake->positions, copy);
}

static void
take_batch (FakeHost *fake, const TideBatch *batch)
{
  const TideColumn *payloads = &batch->columns[TIDE_COLUMN_PAYLOAD];
  for (uint32_t i = 0; i < batch->n; i++)
    {
      FakeEvent *event = g_new0 (FakeEvent, 1);
      event->partition = (int32_t) batch->columns[TIDE_COLUMN_PARTITION].ints[i];
      event->offset = batch->columns[TIDE_COLUMN_OFFSET].ints[i];
      if (tide_column_is_valid (payloads, i))
        {
          TideText text = payloads->dict[payloads->codes[i]];
          event->payload = g_strndup (text.data, text.len);
        }
      g_ptr_array_add (fake->events, event);
    }
}

static bool
deliver (const TideDelivery *delivery, GCancellable *cancellable, void *data, GError **error)
{
  FakeHost *fake = data;
  g_mutex_lock (&fake->lock);
  if (fake->closed || g_rand_double (fake->rand) < fake->refuse)
    {
      fake->refused++;
      g_cond_broadcast (&fake->cond);
      g_mutex_unlock (&fake->lock);
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_FULL, "the disk is full");
      return false;
    }
  if (delivery->batch != NULL)
    take_batch (fake, delivery->batch);
  for (guint i = 0; delivery->rejected != NULL && i < delivery->rejected->len; i++)
    {
      const TideRejected *rejected = g_ptr_array_index (delivery->rejected, i);
      FakeEvent *event = g_new0 (FakeEvent, 1);
      gsize len;
      const char *bytes = g_bytes_get_data (rejected->payload, &len);
      event->partition = rejected->partition;
      event->offset = rejected->offset;
      event->payload = g_strndup (bytes, len);
      event->reason = g_strdup (rejected->reason);
      g_ptr_array_add (fake->events, event);
    }
  for (guint i = 0; i < delivery->n_positions; i++)
    take_position (fake, &delivery->positions[i]);
  for (guint i = 0; delivery->gaps != NULL && i < delivery->gaps->len; i++)
    {
      const TideGap *gap = g_ptr_array_index (delivery->gaps, i);
      fake->gaps++;
      g_string_append_printf (fake->gap_reasons, "%s\n", gap->reason);
    }
  g_cond_broadcast (&fake->cond);
  g_mutex_unlock (&fake->lock);
  return true;
}

static GArray *
positions (const char *source, void *data, GError **error)
{
  FakeHost *fake = data;
  GArray *copy = g_array_new (FALSE, TRUE, sizeof (TidePosition));
  g_array_set_clear_func (copy, position_clear);
  g_mutex_lock (&fake->lock);
  for (guint i = 0; i < fake->positions->len; i++)
    {
      TidePosition position = g_array_index (fake->positions, TidePosition, i);
      position.token = g_strdup (position.token);
      g_array_append_val (copy, position);
    }
  g_mutex_unlock (&fake->lock);
  return copy;
}

FakeHost *
fake_host_new (guint32 seed)
{
  FakeHost *fake = g_new0 (FakeHost, 1);
  g_mutex_init (&fake->lock);
  g_cond_init (&fake->cond);
  fake->rand = g_rand_new_with_seed (seed);
  fake->events = g_ptr_array_new_with_free_func (event_free);
  fake->positions = g_array_new (FALSE, TRUE, sizeof (TidePosition));
  g_array_set_clear_func (fake->positions, position_clear);
  fake->gap_reasons = g_string_new (NULL);
  fake->host = (TideSourceHost){ .deliver = deliver, .positions = positions, .data = fake };
  return fake;
}

void
fake_host_free (FakeHost *fake)
{
  g_ptr_array_unref (fake->events);
  g_array_unref (fake->positions);
  g_string_free (fake->gap_reasons, TRUE);
  g_rand_free (fake->rand);
  g_mutex_clear (&fake->lock);
  g_cond_clear (&fake->cond);
  g_free (fake);
}

bool
fake_host_wait (FakeHost *fake, guint n)
{
  int64_t until_us = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  bool ok = true;
  g_mutex_lock (&fake->lock);
  while (ok && fake->events->len < n)
    ok = g_cond_wait_until (&fake->cond, &fake->lock, until_us);
  g_mutex_unlock (&fake->lock);
  return ok;
}

guint
fake_host_count (FakeHost *fake)
{
  g_mutex_lock (&fake->lock);
  guint n = fake->events->len;
  g_mutex_unlock (&fake->lock);
  return n;
}

TideSourceDef *
fake_def_new (const char *kind, ...)
{
  const TideSourceClass *found = tide_source_class_find (kind);
  TideSourceDef *def = g_new0 (TideSourceDef, 1);
  const char *key;
  va_list args;
  g_assert_nonnull (found);
  def->name = g_strdup ("source");
  def->stream = g_strdup ("stream");
  def->spec = &found->spec;
  def->enabled = true;
  def->keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  va_start (args, kind);
  while ((key = va_arg (args, const char *)) != NULL)
    g_hash_table_insert (def->keys, g_strdup (key), g_strdup (va_arg (args, const char *)));
  va_end (args);
  return def;
}

void
fake_def_free (TideSourceDef *def)
{
  g_free (def->name);
  g_free (def->stream);
  g_hash_table_unref (def->keys);
  g_free (def);
}

guint32
fake_seed (void)
{
  const char *text = g_getenv ("TIDE_TEST_SEED");
  guint32 seed = text != NULL ? (guint32) strtoul (text, NULL, 10) : g_random_int ();
  g_test_message ("TIDE_TEST_SEED=%u", seed);
  return seed;
}
