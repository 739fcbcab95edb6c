/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live.h"

extern int tide_live_placeholder;
int tide_live_placeholder;
