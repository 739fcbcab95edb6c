/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Throughput and resources of now, a line of figures that wraps. Thread: main. */
#pragma once

#include <adwaita.h>

#include "pipeline.h"

G_BEGIN_DECLS

#define TIDE_TYPE_FIGURES (tide_figures_get_type ())
G_DECLARE_FINAL_TYPE (TideFigures, tide_figures, TIDE, FIGURES, AdwBin)

void tide_figures_set_status (TideFigures *self, const TideStatus *status);

G_END_DECLS
