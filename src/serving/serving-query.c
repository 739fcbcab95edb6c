/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "serving.h"

extern int tide_serving_placeholder;
int tide_serving_placeholder;
