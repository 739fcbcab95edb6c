/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A delivery in the writer's queue. Private to store/. */
#pragma once

#include "store-private.h"

G_BEGIN_DECLS

/* All its own. */
typedef struct
{
  char *source;
  TideBatch *batch;
  TidePosition *positions;
  guint n_positions;
  GPtrArray *rejected, *gaps, *quality, *replayed;
  gsize bytes;
  uint32_t events;
  int64_t pushed_us; /* monotonic */
} TideQueued;

TideQueued *tide_queued_new (const TideDelivery *delivery);
void tide_queued_free (TideQueued *queued);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideQueued, tide_queued_free)

G_END_DECLS
