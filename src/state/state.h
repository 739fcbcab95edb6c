/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mergeable states: what is kept of events for a metric. The one public header of state/. */
#pragma once

#include "state-aggregate.h"
#include "state-sketch.h"
#include "state-groups.h"
#include "state-plan.h"
#include "state-panes.h"
