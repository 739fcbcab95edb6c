/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A list that grows at both ends: newer rows in front, older ones behind. Thread: main. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

G_BEGIN_DECLS

typedef gint64 (*TideNewestFirstKey) (gpointer item);
typedef gsize (*TideNewestFirstBytes) (gpointer item);

bool tide_newest_first_add (GListStore *items, GPtrArray *read, TideNewestFirstKey key);
gsize tide_newest_first_trim (GListStore *items, guint max, gsize max_bytes, TideNewestFirstBytes bytes);
gint64 tide_newest_first_oldest (GListStore *items, TideNewestFirstKey key);

G_END_DECLS
