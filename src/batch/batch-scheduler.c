/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "batch.h"

extern int tide_batch_placeholder;
int tide_batch_placeholder;
