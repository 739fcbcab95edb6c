/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ratio(a, b): one metric by another. It has no state of its own: whoever asks for its value folds the two metrics
 * and divides what they finish as.
 */
#include "state-private.h"

const TideAggregate tide_aggregate_ratio = {
  .spec = { .name = "ratio", .takes_metrics = true },
};
