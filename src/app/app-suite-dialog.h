/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app-preferences-private.h"

G_BEGIN_DECLS

/* Asks for an expectation suite, shows which rules of @stream it becomes and what has no counterpart, and adds them when
 * the person agrees. Thread: main. */
void tide_suite_dialog_choose (TidePreferences *window, const char *stream);

G_END_DECLS
