/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the pages of the preferences share. Thread: main. */
#pragma once

#include "app-preferences.h"

G_BEGIN_DECLS

TidePipeline *tide_preferences_get_pipeline (TidePreferences *self);
/* A copy of the workspace file as it will be once the edits under way have landed; the caller's. */
TideConf *tide_preferences_edit (TidePreferences *self);
/* @error NULL: saved and in effect. Not called when @owner has gone. */
typedef void (*TidePreferencesApplied) (GtkWidget *owner, const GError *error);
/* Takes @conf. With @undo a toast of that text offers to bring back what was removed. @applied NULL: an error is a
 * toast. */
void tide_preferences_apply (TidePreferences *self, TideConf *conf, const char *undo, GtkWidget *owner,
                             TidePreferencesApplied applied);
/* The window that @widget is in. */
TidePreferences *tide_preferences_of (GtkWidget *widget);
void tide_preferences_toast (TidePreferences *self, const char *text);

/* Shows @subpage; the focus comes back when it closes. */
void tide_preferences_present (TidePreferences *self, GtkWidget *subpage);

/* Rows. Titles and subtitles are plain text. */
GtkWidget *tide_preferences_row_new (const char *title, const char *subtitle);
/* Says in the title of @row what is wrong, and whole in its tooltip; @problem NULL: nothing. */
void tide_preferences_set_problem (GtkWidget *row, const char *title, const char *problem);
/* Labels @widget for a screen reader. */
void tide_preferences_name (GtkWidget *widget, const char *name);
/* A page of its own: Cancel at the left, @accept (suggested) at the right, @child below. @accept NULL: what is done on it is
 * saved at once, and there is only a way back. */
GtkWidget *tide_preferences_subpage_new (const char *title, GtkWidget *child, const char *accept,
                                         GtkWidget **ret_accept);
/* Rows that edit one key of the workspace file, at once (a switch, a combo) or when applied (an entry: Enter or ✓).
 * What is wrong is said in the row. @deletes: a new value may delete events, so the person is asked first. */
GtkWidget *tide_conf_row_new (const char *section, const char *key, const char *title, bool deletes);
/* Without this row's key its section means nothing: emptied, it takes the whole section out of the file. */
void tide_conf_row_set_holds_section (GtkWidget *row);
/* @choices: NULL-terminated, borrowed for as long as the row is there; the first is what holds when the key is missing.
 * @titles: as many, for people; NULL: made from the choices. */
GtkWidget *tide_conf_combo_new (const char *section, const char *key, const char *title, const char *const *choices,
                                const char *const *titles);
GtkWidget *tide_conf_switch_new (const char *section, const char *key, const char *title, bool fallback);
/* Shows what the file says, except in a row that is being typed in. */
void tide_conf_row_update (GtkWidget *row, const TideConf *conf);

/* The pages; each follows the pipeline's "changed" signal and the status. */
#define TIDE_TYPE_SOURCES_PAGE (tide_sources_page_get_type ())
G_DECLARE_FINAL_TYPE (TideSourcesPage, tide_sources_page, TIDE, SOURCES_PAGE, AdwPreferencesPage)
void tide_sources_page_update (TideSourcesPage *self, TidePreferences *window, TideWorkspace *workspace);
void tide_sources_page_tick (TideSourcesPage *self, const TideStatus *status);
void tide_sources_page_add (TideSourcesPage *self);

/* The rules and repairs of a stream and its fields. */
GtkWidget *tide_rules_editor_new (TidePreferences *window, const char *stream);

#define TIDE_TYPE_METRICS_PAGE (tide_metrics_page_get_type ())
G_DECLARE_FINAL_TYPE (TideMetricsPage, tide_metrics_page, TIDE, METRICS_PAGE, AdwPreferencesPage)
void tide_metrics_page_update (TideMetricsPage *self, TidePreferences *window, const TideWorkspace *workspace);
/* @name NULL: a new metric. */
GtkWidget *tide_metric_editor_new (TidePreferences *window, const char *name);

typedef enum
{
  TIDE_SETTINGS_BATCH,
  TIDE_SETTINGS_STORAGE,
  TIDE_SETTINGS_GENERAL,
} TideSettingsKind;

#define TIDE_TYPE_SETTINGS_PAGE (tide_settings_page_get_type ())
G_DECLARE_FINAL_TYPE (TideSettingsPage, tide_settings_page, TIDE, SETTINGS_PAGE, AdwPreferencesPage)
TideSettingsPage *tide_settings_page_new (TideSettingsKind kind);
void tide_settings_page_update (TideSettingsPage *self, const TideWorkspace *workspace);
void tide_settings_page_tick (TideSettingsPage *self, const TideStatus *status);

#define TIDE_TYPE_PRICES_PAGE (tide_prices_page_get_type ())
G_DECLARE_FINAL_TYPE (TidePricesPage, tide_prices_page, TIDE, PRICES_PAGE, AdwPreferencesPage)
void tide_prices_page_update (TidePricesPage *self, const TideWorkspace *workspace);

/* @name NULL: a new source of @spec. */
GtkWidget *tide_source_editor_new (TidePreferences *window, const TideSourceSpec *spec, const char *name);

G_END_DECLS
