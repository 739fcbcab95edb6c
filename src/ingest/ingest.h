/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sources, decoders and what becomes of events that can't be used. The one public header of ingest/. */
#pragma once

#include "ingest-checks.h"
#include "ingest-decoder.h"
#include "ingest-source.h"
#include "ingest-probe.h"
#include "ingest-suite.h"
