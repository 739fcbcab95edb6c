/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "state.h"

extern int tide_state_placeholder;
int tide_state_placeholder;
