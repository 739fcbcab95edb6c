/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What freshness is and costs: meters, prices, the advisor. The one public header of balance/. Answers are plain
 * structs that never change, made on a worker; they are freed by whoever asked. */
#pragma once

#include "model.h"
#include "serving.h"

#include "balance-advice.h"
#include "balance-cost.h"
#include "balance-freshness.h"
#include "balance-latency.h"
#include "balance-meter.h"
#include "balance-prices.h"
#include "balance-process.h"
#include "balance-staleness.h"
