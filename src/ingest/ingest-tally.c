/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reasons of a broken event, and counts of what the rules and repairs of a stream did, between two deliveries. Counts
 * travel with the delivery of the events that they are of, so that the store has both or neither. */
#include "ingest-decoder-private.h"

#include "store.h"

#include <string.h>

typedef struct
{
  int field;
  TideRuleKind rule;
} TideBrokenRule;

/* Of one field, or of none. */
typedef struct
{
  bool touched;
  guint64 failed[TIDE_N_RULES], warned[TIDE_N_RULES], repaired[TIDE_N_REPAIRS];
} Counts;

struct _TideTally
{
  const TideStream *stream; /* borrowed */
  Counts *counts;           /* by field + 1 */
  guint64 events, failed, warned, repaired;
};

/* --- reasons --- */

void
tide_reasons_init (TideReasons *reasons, const TideStream *stream)
{
  reasons->stream = stream;
  reasons->text = g_string_new (NULL);
  reasons->rules = g_string_new (NULL);
  reasons->broken = g_array_new (FALSE, FALSE, sizeof (TideBrokenRule));
}

void
tide_reasons_clear (TideReasons *reasons)
{
  g_string_free (reasons->text, TRUE);
  g_string_free (reasons->rules, TRUE);
  g_array_unref (reasons->broken);
}

void
tide_reasons_reset (TideReasons *reasons)
{
  g_string_truncate (reasons->text, 0);
  g_string_truncate (reasons->rules, 0);
  g_array_set_size (reasons->broken, 0);
}

void
tide_reasons_begin (TideReasons *reasons, int field, TideRuleKind rule)
{
  const TideRuleSpec *spec = tide_rule_get_spec (rule);
  const char *name = field >= 0 ? reasons->stream->fields[field]->name : NULL;
  TideBrokenRule broken = { spec->subject == TIDE_RULE_OF_FIELD ? field : -1, rule };
  if (reasons->text->len > 0)
    g_string_append (reasons->text, "; ");
  if (name != NULL)
    {
      g_string_append (reasons->text, name);
      g_string_append (reasons->text, ": ");
    }
  if (reasons->rules->len > 0)
    g_string_append_c (reasons->rules, ';');
  if (broken.field >= 0)
    g_string_append (reasons->rules, name);
  g_string_append_c (reasons->rules, '.');
  g_string_append (reasons->rules, spec->name);
  g_array_append_val (reasons->broken, broken);
}

void
tide_reasons_tally (const TideReasons *reasons, TideTally *tally)
{
  for (guint i = 0; i < reasons->broken->len; i++)
    {
      const TideBrokenRule *broken = &g_array_index (reasons->broken, TideBrokenRule, i);
      tide_tally_fail (tally, broken->field, broken->rule);
    }
}

/* --- counts --- */

TideTally *
tide_tally_new (const TideStream *stream)
{
  TideTally *tally = g_new0 (TideTally, 1);
  tally->stream = stream;
  tally->counts = g_new0 (Counts, stream->n_fields + 1);
  return tally;
}

void
tide_tally_free (TideTally *tally)
{
  if (tally == NULL)
    return;
  g_free (tally->counts);
  g_free (tally);
}

static Counts *
counts_of (TideTally *tally, int field)
{
  Counts *counts = &tally->counts[field + 1];
  counts->touched = true;
  return counts;
}

void
tide_tally_fail (TideTally *tally, int field, TideRuleKind rule)
{
  counts_of (tally, field)->failed[rule]++;
}

void
tide_tally_warn (TideTally *tally, int field, TideRuleKind rule, guint64 n)
{
  counts_of (tally, field)->warned[rule] += n;
}

void
tide_tally_repair (TideTally *tally, int field, TideRepairKind repair)
{
  counts_of (tally, field)->repaired[repair]++;
}

void
tide_tally_events (TideTally *tally, guint64 events, guint64 failed, guint64 warned, guint64 repaired)
{
  tally->events += events;
  tally->failed += failed;
  tally->warned += warned;
  tally->repaired += repaired;
}

static void
take_counts (const TideTally *tally, int field, TideTime now, GPtrArray *hours)
{
  const Counts *counts = &tally->counts[field + 1];
  const char *stream = tally->stream->name, *name = field >= 0 ? tally->stream->fields[field]->name : NULL;
  for (int rule = 0; rule < TIDE_N_RULES; rule++)
    if (counts->failed[rule] + counts->warned[rule] > 0)
      {
        TideQualityHour *hour
          = tide_quality_hour_new (stream, name, tide_rule_get_spec ((TideRuleKind) rule)->name, now);
        hour->failed = (gint64) counts->failed[rule];
        hour->warned = (gint64) counts->warned[rule];
        g_ptr_array_add (hours, hour);
      }
  for (int repair = 0; repair < TIDE_N_REPAIRS; repair++)
    if (counts->repaired[repair] > 0)
      {
        TideQualityHour *hour = tide_quality_hour_new (stream, name, tide_repair_to_string ((TideRepairKind) repair), now);
        hour->repaired = (gint64) counts->repaired[repair];
        g_ptr_array_add (hours, hour);
      }
}

GPtrArray *
tide_tally_take (TideTally *tally, TideTime now)
{
  if (tally->events == 0)
    return NULL;
  GPtrArray *hours = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_quality_hour_free);
  TideQualityHour *all = tide_quality_hour_new (tally->stream->name, NULL, NULL, now);
  all->events = (gint64) tally->events;
  all->failed = (gint64) tally->failed;
  all->warned = (gint64) tally->warned;
  all->repaired = (gint64) tally->repaired;
  g_ptr_array_add (hours, all);
  for (int field = -1; field < (int) tally->stream->n_fields; field++)
    if (tally->counts[field + 1].touched)
      take_counts (tally, field, now, hours);
  tide_tally_forget (tally);
  return hours;
}

void
tide_tally_forget (TideTally *tally)
{
  for (uint32_t i = 0; i <= tally->stream->n_fields; i++)
    if (tally->counts[i].touched)
      tally->counts[i] = (Counts){ .touched = false };
  tally->events = tally->failed = tally->warned = tally->repaired = 0;
}
