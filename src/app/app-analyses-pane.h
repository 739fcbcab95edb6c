/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app-pane.h"

G_BEGIN_DECLS

#define TIDE_TYPE_ANALYSES_PANE (tide_analyses_pane_get_type ())
G_DECLARE_FINAL_TYPE (TideAnalysesPane, tide_analyses_pane, TIDE, ANALYSES_PANE, TideAppPane)

G_END_DECLS
