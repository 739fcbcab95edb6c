/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model.h"

G_BEGIN_DECLS

/* What this process uses. Thread: not main (reads /proc). */
typedef struct
{
  int64_t cpu_us;       /* user and system, all threads */
  gint64 resident_bytes;
  gint64 read_bytes, written_bytes;
} TideProcessFacts;

void tide_process_get_facts (TideProcessFacts *ret_facts);
/* The first of them alone. Thread: any. */
int64_t tide_process_get_cpu_us (void);

/* A thread that runs now. */
typedef struct
{
  int id;               /* the main thread's is the process's */
  char name[16];
  int64_t cpu_ns;
} TideThreadFacts;

/* TideThreadFacts elements. Thread: not main (reads /proc). */
GArray *tide_process_get_threads (void);

/* What a roll-up or a scan used goes back to the system; glibc would keep it, one heap a thread. To be called by main()
 * before there are threads. */
void tide_process_return_memory (void);
/* Gives back what is free now, for the minute to come. Thread: any; takes some ms. */
void tide_process_trim (void);

G_END_DECLS
