/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* Of TideSqlDraft values: TRUE when some are not saved, and the person is asked over @window what to do with them;
 * @go_on is called once that is known, and not when they cancel. Takes @data when
 * TRUE. Thread: main. */
bool tide_sql_unsaved_ask (GHashTable *drafts, GtkWindow *window, void (*go_on) (void *data), void *data,
                           GDestroyNotify free_data);

G_END_DECLS
