/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows and columns of the quarantine's table. Thread: main. */
#pragma once

#include <gtk/gtk.h>

#include "pipeline.h"

G_BEGIN_DECLS

#define TIDE_TYPE_QUARANTINE_ITEM (tide_quarantine_item_get_type ())
G_DECLARE_FINAL_TYPE (TideQuarantineItem, tide_quarantine_item, TIDE, QUARANTINE_ITEM, GObject)

/* Takes @entry. */
TideQuarantineItem *tide_quarantine_item_new (TideQuarantined *entry);
const TideQuarantined *tide_quarantine_item_get_entry (TideQuarantineItem *self);
/* For tide_newest_first_add() and trim(). */
gint64 tide_quarantine_item_key (gpointer item);
gsize tide_quarantine_item_bytes (gpointer item);
void tide_quarantine_table_add_columns (GtkColumnView *table);
/* Whether all rows are of one stream, which need not say so. */
void tide_quarantine_table_set_of_stream (GtkColumnView *table, bool of_stream);

G_END_DECLS
