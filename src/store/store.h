/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events and states in SQLite. The one public header of store/. */
#pragma once

#include "store-db.h"
#include "store-writer.h"
#include "store-scan.h"
#include "store-rollup.h"
#include "store-measure.h"
#include "store-record.h"
#include "store-quality.h"
#include "store-profile.h"
#include "store-drift.h"
#include "store-alert.h"
#include "store-sql.h"
