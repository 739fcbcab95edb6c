/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The error domain, and which of ours the current thread is. The role is what makes thread rules code: a
 * function that must not run on the main thread asserts it instead of hoping. */
#include "model.h"

G_DEFINE_QUARK (tide-error-quark, tide_error)

static _Thread_local TideThread thread_role = TIDE_THREAD_OTHER;

/**
 * tide_thread_set_role:
 *
 * Says what the calling thread is. Called once, first thing on the thread.
 */
void
tide_thread_set_role (TideThread role)
{
  thread_role = role;
}

TideThread
tide_thread_get_role (void)
{
  return thread_role;
}
