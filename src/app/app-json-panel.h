/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* One payload to be read and copied. It stands beside a table; where there is no room for both, a row that is activated
 * opens it in the table's place. Thread: main. */
#define TIDE_TYPE_JSON_PANEL (tide_json_panel_get_type ())
G_DECLARE_FINAL_TYPE (TideJsonPanel, tide_json_panel, TIDE, JSON_PANEL, AdwBin)

/* @title NULL: nothing is selected, and the panel leaves its room to the table. @json NULL: there is nothing to read. */
void tide_json_panel_show (TideJsonPanel *self, const char *title, const char *detail, const char *json);
/* Marks what stands at @key in the text that is shown, as what is wrong. */
void tide_json_panel_mark (TideJsonPanel *self, const char *key);
/* Under the payload, once. */
void tide_json_panel_set_footer (TideJsonPanel *self, GtkWidget *footer);
/* While a person edits it; the text is the caller's. */
void tide_json_panel_set_editable (TideJsonPanel *self, bool editable);
char *tide_json_panel_get_text (TideJsonPanel *self);
/* Call when the width of the whole may have changed; @table: what it stands beside, before a separator. */
void tide_json_panel_fit (TideJsonPanel *self, GtkWidget *table, int width);
void tide_json_panel_open (TideJsonPanel *self);

G_END_DECLS
