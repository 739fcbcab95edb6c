/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store.h"

extern int tide_store_placeholder;
int tide_store_placeholder;
