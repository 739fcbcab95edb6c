/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "state.h"

G_BEGIN_DECLS

/* Merges windows over consecutive seconds; see live-window.c. */
typedef struct _TideLiveWindow TideLiveWindow;

TideLiveWindow *tide_live_window_new (const TideAggregate *aggregate, guint seconds);
void tide_live_window_free (TideLiveWindow *window);
/* Calls @emit for each second in [first, last] with the merge of the window that ends with it. @state gives the
 * state of a second, or NULL; before @first they are what they were at the last sweep. */
void tide_live_window_sweep (TideLiveWindow *window, int64_t first, int64_t last,
                             const void *(*state) (int64_t second, void *data),
                             void (*emit) (int64_t second, const void *merged, void *data), void *data);

G_END_DECLS
