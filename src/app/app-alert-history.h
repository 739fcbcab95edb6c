/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From changes of state to the spans of time in which each rule and group was in one. Made on a worker, then only read. */
#pragma once

#include "pipeline.h"

G_BEGIN_DECLS

/* One state of one group, [from, to); to is INFINITY for what still holds. */
typedef struct
{
  TideAlertState state;
  double from, to;
} TideAlertSpan;

typedef struct _TideAlertHistory TideAlertHistory;

/* @events: TideAlertEvent*, newest first; a reference is kept. @from: where a state begins that held before the first of
 * them. Takes time in proportion to the events. Thread: any. */
TideAlertHistory *tide_alert_history_new (GPtrArray *events, TideTime from);
void tide_alert_history_free (TideAlertHistory *self);
/* Of a rule (and group; NULL: of any): TideAlertSpan elements, ascending, normal left out. Borrowed; NULL: nothing happened. */
GArray *tide_alert_history_get_spans (const TideAlertHistory *self, const char *rule, const char *group);
/* The group whose state changed last. Borrowed; NULL: none. */
const char *tide_alert_history_get_last_group (const TideAlertHistory *self, const char *rule);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideAlertHistory, tide_alert_history_free)

G_END_DECLS
