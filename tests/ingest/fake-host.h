/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A store in memory for tests of sources: keeps what is delivered and the positions, both or neither, and refuses
 * now and then, as a store does whose disk is full. */
#pragma once

#include "ingest-private.h"

/* One event as it was stored or quarantined. */
typedef struct
{
  int32_t partition;
  int64_t offset;
  char *payload; /* of stored events only when the stream keeps it */
  char *reason;  /* NULL: stored */
} FakeEvent;

typedef struct
{
  GMutex lock;
  GCond cond;
  GRand *rand;
  double refuse; /* share of deliveries that are refused */
  bool closed;   /* refuse all */
  GPtrArray *events; /* FakeEvent* in order */
  GArray *positions; /* TidePosition */
  guint gaps, refused;
  GString *gap_reasons;
  TideSourceHost host;
} FakeHost;

FakeHost *fake_host_new (guint32 seed);
void fake_host_free (FakeHost *fake);
/* Waits until @n events came, stored or quarantined. FALSE after 20 s. */
bool fake_host_wait (FakeHost *fake, guint n);
guint fake_host_count (FakeHost *fake);
/* A definition of a source of @kind; keys and values, NULL at the end. */
TideSourceDef *fake_def_new (const char *kind, ...) G_GNUC_NULL_TERMINATED;
void fake_def_free (TideSourceDef *def);
/* TIDE_TEST_SEED, or a new one; printed. */
guint32 fake_seed (void);
