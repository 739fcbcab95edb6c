/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app-pane.h"

G_BEGIN_DECLS

/* What happened to all rules from @from on, as a file. */
TideAppExport *tide_alerts_export (TideTime from);

G_END_DECLS
