/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What has to be known of a workspace before it is opened. Thread: main. */
#pragma once

#include "pipeline.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_OPENER_EXISTING,
  TIDE_OPENER_DEMO,    /* made when it is not there */
  TIDE_OPENER_NEW,     /* an empty one, when there is none */
} TideOpenerKind;

typedef struct
{
  char *dir, *name;
  GPtrArray *reach;    /* char* */
  guint n_problems;
  char *first_problem; /* NULL: none */
} TideOpening;

void tide_opening_free (TideOpening *opening);

/* Makes the workspace when @kind says so, reads its file, and asks what it would reach. Opens nothing. */
void tide_opener_check_async (const char *dir, TideOpenerKind kind, GCancellable *cancellable,
                              GAsyncReadyCallback callback, void *data);
TideOpening *tide_opener_check_finish (GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideOpening, tide_opening_free)

G_END_DECLS
