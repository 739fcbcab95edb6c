/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A list that grows at both ends: newer rows in front, older ones behind. Thread: main. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef gint64 (*TideNewestFirstKey) (gpointer item);

bool tide_newest_first_add (GListStore *items, GPtrArray *read, guint page, guint max, TideNewestFirstKey key);
gint64 tide_newest_first_oldest (GListStore *items, TideNewestFirstKey key);

G_END_DECLS
