/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window: GTK lives in this folder and nowhere else. The one public header of app/. */
#pragma once

#include "app-chart.h"
#include "app-chart-model.h"
#include "app-format.h"
#include "app-palette.h"
#include "app-raster.h"
#include "app-ticks.h"
