/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app-pane.h"

G_BEGIN_DECLS

/* Live: a card a metric over the last minutes, and the newest events below. */
#define TIDE_TYPE_LIVE_PANE (tide_live_pane_get_type ())
G_DECLARE_FINAL_TYPE (TideLivePane, tide_live_pane, TIDE, LIVE_PANE, TideAppPane)

G_END_DECLS
