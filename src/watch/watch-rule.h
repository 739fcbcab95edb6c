/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of the registry of rules. */
#pragma once

#include "watch-private.h"

G_BEGIN_DECLS

extern const TideWatchRuleClass tide_watch_rule_above, tide_watch_rule_below, tide_watch_rule_outside, tide_watch_rule_change,
    tide_watch_rule_no_data, tide_watch_rule_ratio, tide_watch_rule_anomaly, tide_watch_rule_lag, tide_watch_rule_quarantine,
    tide_watch_rule_source, tide_watch_rule_freshness;

G_END_DECLS
