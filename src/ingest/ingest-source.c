/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest.h"

extern int tide_ingest_placeholder;
int tide_ingest_placeholder;
