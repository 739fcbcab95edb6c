/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pipeline.h"

extern int tide_pipeline_placeholder;
int tide_pipeline_placeholder;
