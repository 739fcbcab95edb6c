/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pipeline.h"

G_BEGIN_DECLS

/* Edits the workspace file; whatever is set is saved and takes effect at once. Thread: main. */
#define TIDE_TYPE_PREFERENCES (tide_preferences_get_type ())
G_DECLARE_FINAL_TYPE (TidePreferences, tide_preferences, TIDE, PREFERENCES, AdwPreferencesWindow)

/* @parent may be NULL. */
GtkWindow *tide_preferences_new (TidePipeline *pipeline, GtkWindow *parent);
/* Asks which kind of source and opens its page. */
void tide_preferences_show_add_source (TidePreferences *self);
void tide_preferences_show_rules (TidePreferences *self, const char *stream);
void tide_preferences_show_add_metric (TidePreferences *self);

G_END_DECLS
