/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Older versions of a metric. While a new definition is backfilled the one before it answers, at the cut where it
 * stopped and from the events after that, folded as it says. Once the new one serves, panes of which events had been
 * deleted by then stay from the old one, whole, as it published them.
 * Limit: an event that comes late for such a pane after the change is not in it. */
#include "serving-private.h"

/* A chain of changes longer than this shows the newest only. */
#define VERSIONS_MOST 64

/**
 * tide_parts_read_former:
 * @parts: its cut is that of the metric, and becomes that of the version that stands in for it
 *
 * Errors: BUSY, CORRUPT.
 */
bool
tide_parts_read_former (TideReader *reader, TideParts *parts, GError **error)
{
  static const TideSourceSpec *const no_sources[] = { NULL };
  const TideCatalog catalog = { .sources = no_sources, .aggregates = tide_aggregate_specs () };
  g_autofree char *definition = NULL, *version = NULL;
  g_auto (TideCut) cut = { 0 };

  if (!tide_store_get_stand_in (reader, parts->metric, &cut, &definition, &version, error))
    return false;
  if (!cut.exists || definition == NULL || version == NULL)
    return true;
  parts->former = tide_metric_new_former (parts->metric, definition, version, &catalog);
  if (parts->former == NULL)
    return true;
  tide_cut_clear (&parts->cut);
  parts->cut = cut;
  cut = (TideCut){ 0 };
  return true;
}

/* Adds @states, whose groups are numbered as @groups, to the old panes, numbered as all. */
static void
add_states (TideParts *parts, const TideGroups *groups, const TidePanes *states)
{
  g_autofree uint32_t *ids = g_new0 (uint32_t, tide_groups_get_n (groups));
  g_autofree TidePaneState *list = NULL;
  guint n = 0;

  for (uint32_t i = 1; i < tide_groups_get_n (groups); i++)
    ids[i] = tide_groups_add (parts->groups, tide_groups_get (groups, i)->values, parts->facts.last_seq);
  list = tide_panes_list (states, TIDE_TIME_NONE, TIDE_TIME_MAX, &n);
  for (guint i = 0; i < n; i++)
    tide_panes_merge_state (parts->old, list[i].pane, ids[list[i].group], list[i].state);
}

/**
 * tide_parts_read_old:
 * @parts: with its cut and groups; gets the groups that only older versions had
 *
 * Each older version has the panes from where the one before it ends.
 *
 * Errors: BUSY, CORRUPT.
 */
bool
tide_parts_read_old (TideReader *reader, TideTime from, TideTime to, TideParts *parts, GError **error)
{
  g_auto (TideCut) cut = { 0 };

  parts->old_to = TIDE_TIME_NONE;
  if (!parts->cut.exists || parts->cut.previous == 0 || !tide_store_get_previous (reader, &parts->cut, &cut, error))
    return !parts->cut.exists || parts->cut.previous == 0;
  parts->old = tide_panes_new (parts->metric, parts->metric->stored_pane);
  if (cut.exists)
    parts->old_to = parts->cut.previous_to;
  for (TideTime end = parts->cut.previous_to, n = 0; cut.exists && n < VERSIONS_MOST; n++)
    {
      TideTime start = cut.previous != 0 ? cut.previous_to : TIDE_TIME_NONE;
      g_autoptr (TideGroups) groups = tide_store_get_groups (reader, parts->metric, &cut, error);
      g_autoptr (TidePanes) states = tide_panes_new (parts->metric, parts->metric->stored_pane);
      g_auto (TideCut) next = { 0 };

      if (groups == NULL
          || !tide_store_read_states (reader, &cut, MAX (from, start), MIN (to, end), states, error))
        return false;
      add_states (parts, groups, states);
      if (cut.previous == 0 || start <= from)
        break;
      if (!tide_store_get_previous (reader, &cut, &next, error))
        return false;
      end = start;
      tide_cut_clear (&cut);
      cut = next;
      next = (TideCut){ 0 };
    }
  return true;
}
