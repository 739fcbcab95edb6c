/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules as a table: state, what they say, states over time, value, since when, acts. What fires comes first. Signals:
 * "rule-selected" (rule, group), "acknowledge" (rule, group), "silence" (rule, group), "end-silence" (rule, group).
 * Thread: main. */
#pragma once

#include <adwaita.h>

#include "app-alerts-data.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_ALERTS_ALL,
  TIDE_ALERTS_FIRING,
  TIDE_ALERTS_PENDING,
  TIDE_ALERTS_SILENCED,
  TIDE_N_ALERTS_FILTERS,
} TideAlertsFilter;

#define TIDE_TYPE_ALERTS_TABLE (tide_alerts_table_get_type ())
G_DECLARE_FINAL_TYPE (TideAlertsTable, tide_alerts_table, TIDE, ALERTS_TABLE, AdwBin)

/* @history (nullable): of [from, to). @ret_counts: rows each filter has. */
void tide_alerts_table_update (TideAlertsTable *self, TideWorkspace *workspace, const TideWatchSnapshot *snapshot,
                               const TideAlertHistory *history, TideTime from, TideTime to, guint ret_counts[TIDE_N_ALERTS_FILTERS]);
void tide_alerts_table_set_filter (TideAlertsTable *self, TideAlertsFilter filter);
/* The row of a rule and group (nullable), else of the rule; FALSE: there is none yet, it is selected when there is. */
bool tide_alerts_table_select (TideAlertsTable *self, const char *rule, const char *group);
/* For another workspace: what is selected of it is told, even when it has the same rules. */
void tide_alerts_table_clear (TideAlertsTable *self);
/* Columns that go first when it is narrow. */
void tide_alerts_table_set_narrow (TideAlertsTable *self, bool narrow);

G_END_DECLS
