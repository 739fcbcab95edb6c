/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a metric is for, and the tier and objectives to start from. Thread: any. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* As the workspace file has them; "" takes the key out. */
typedef struct
{
  const char *title, *detail; /* to be translated */
  const char *tier, *refresh, *freshness, *tolerance;
} TideUseCase;

/* From the most urgent on; *@ret_n of them. */
const TideUseCase *tide_use_cases (guint *ret_n);

G_END_DECLS
