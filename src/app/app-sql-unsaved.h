/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* Of TideSqlDraft values: TRUE when some are not saved, and the person is asked what to do with them; @window is closed
 * once that is known. Thread: main. */
bool tide_sql_unsaved_ask (GHashTable *drafts, GtkWindow *window);

G_END_DECLS
