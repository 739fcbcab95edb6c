/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "app-opener.h"
#include "pipeline.h"

G_BEGIN_DECLS

/* The window: welcome, or the panes of one open workspace. Thread: main. */
#define TIDE_TYPE_WINDOW (tide_window_get_type ())
G_DECLARE_FINAL_TYPE (TideWindow, tide_window, TIDE, WINDOW, AdwApplicationWindow)

TideWindow *tide_window_new (AdwApplication *app);
/* Closes what is open, then opens @dir, asking first for what it would reach. */
void tide_window_open (TideWindow *self, const char *dir, TideOpenerKind kind);
void tide_window_toast (TideWindow *self, const char *text);

/* Opens the Alerts pane at a rule; @time TIDE_TIME_NONE: now. */
void tide_window_open_alert (TideWindow *self, const char *rule, TideTime time);

G_END_DECLS
