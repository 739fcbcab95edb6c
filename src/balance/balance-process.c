/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What this process uses, as the kernel accounts for it: getrusage(2) and /proc/self (proc(5)). */
#include "balance.h"

#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static gint64
read_field (const char *text, const char *name)
{
  const char *at = strstr (text, name);

  return at != NULL ? g_ascii_strtoll (at + strlen (name), NULL, 10) : 0;
}

static int64_t
micros (struct timeval time)
{
  return (int64_t) time.tv_sec * TIDE_SECOND + time.tv_usec;
}

/**
 * tide_process_get_facts:
 *
 * Figures that the kernel does not give are 0.
 *
 * Thread: not main.
 */
void
tide_process_get_facts (TideProcessFacts *ret_facts)
{
  TideProcessFacts facts = { 0 };
  struct rusage usage;
  g_autofree char *statm = NULL, *io = NULL;

  tide_assert_not_main_thread ();
  if (getrusage (RUSAGE_SELF, &usage) == 0)
    facts.cpu_us = micros (usage.ru_utime) + micros (usage.ru_stime);
  if (g_file_get_contents ("/proc/self/statm", &statm, NULL, NULL))
    {
      char *end;

      g_ascii_strtoll (statm, &end, 10); /* size, then resident, in pages */
      facts.resident_bytes = g_ascii_strtoll (end, NULL, 10) * sysconf (_SC_PAGESIZE);
    }
  if (g_file_get_contents ("/proc/self/io", &io, NULL, NULL))
    {
      facts.read_bytes = read_field (io, "\nread_bytes: ");
      facts.written_bytes = read_field (io, "\nwrite_bytes: ");
    }
  *ret_facts = facts;
}
