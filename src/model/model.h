/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain data that every layer shares. The one public header of model/. */
#pragma once

#include "model-base.h"
#include "model-json.h"
#include "model-time.h"
#include "model-value.h"
#include "model-batch.h"
#include "model-catalog.h"
#include "model-rule.h"
#include "model-stream.h"
#include "model-predicate.h"
#include "model-metric.h"
#include "model-cron.h"
#include "model-conf.h"
#include "model-alert.h"
#include "model-workspace.h"
