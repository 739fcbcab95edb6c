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
  int64_t main_cpu_ns;  /* of the main thread */
  int64_t client_cpu_ns; /* of the Kafka client's own threads that run now */
} TideProcessFacts;

void tide_process_get_facts (TideProcessFacts *ret_facts);

/* What a roll-up or a scan used goes back to the system; glibc would keep it, one heap a thread. To be called by main()
 * before there are threads. */
void tide_process_return_memory (void);

G_END_DECLS
