/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pipeline.h"

G_BEGIN_DECLS

/* What the window shows while no workspace is open: welcome, consent, opening, and what went wrong. It only asks
 * through actions of the window: win.demo, win.connect, win.open, win.open-recent, win.agree, win.close-workspace. */
#define TIDE_TYPE_WELCOME (tide_welcome_get_type ())
G_DECLARE_FINAL_TYPE (TideWelcome, tide_welcome, TIDE, WELCOME, AdwBin)

void tide_welcome_show_start (TideWelcome *self);
/* @name of the workspace, @dir, what it would reach (char*). */
void tide_welcome_show_consent (TideWelcome *self, const char *name, const char *dir, GPtrArray *reach);
void tide_welcome_show_opening (TideWelcome *self, const char *dir);
void tide_welcome_show_error (TideWelcome *self, const char *dir, const GError *error);

G_END_DECLS
