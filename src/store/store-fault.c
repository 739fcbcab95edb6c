/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See store-fault.h. The one who listens is a test's program, so nothing here knows what it does. */
#include "store-fault.h"

#ifndef NDEBUG
void (*tide_fault_hook) (const char *name);
#endif
