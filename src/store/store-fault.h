/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Named moments at which a test may end the process: in the middle of a transaction, or just after it. Only in builds
 * with assertions, and then one load and a branch as long as nobody listens; tests/faults/ does. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#ifdef NDEBUG
#define tide_fault_point(name) ((void) 0)
#else
/* Set before the first thread starts, if at all. */
extern void (*tide_fault_hook) (const char *name);

static inline void
tide_fault_point (const char *name)
{
  if (G_UNLIKELY (tide_fault_hook != NULL))
    tide_fault_hook (name);
}
#endif

G_END_DECLS
