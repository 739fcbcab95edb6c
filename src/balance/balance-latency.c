/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "balance.h"

extern int tide_balance_placeholder;
int tide_balance_placeholder;
