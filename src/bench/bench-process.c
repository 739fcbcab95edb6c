/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Programs of ours that run for a while as a person would run them: their memory and CPU, from /proc. */
#include "bench-private.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAMPLE_US (TIDE_SECOND / 2)

static double
resident_mb (GPid pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", pid), *text = NULL;
  const char *at;

  if (!g_file_get_contents (path, &text, NULL, NULL) || (at = strstr (text, "VmRSS:")) == NULL)
    return NAN;
  return g_ascii_strtod (at + strlen ("VmRSS:"), NULL) * 1024 / 1e6;
}

static double
cpu_s (GPid pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid), *text = NULL;
  g_auto (GStrv) words = NULL;
  const char *at;

  if (!g_file_get_contents (path, &text, NULL, NULL) || (at = strrchr (text, ')')) == NULL)
    return NAN;
  words = g_strsplit (at + 2, " ", 16); /* from field 3 on: 14 and 15 are utime and stime */
  return g_strv_length (words) < 14 ? NAN
                                    : (g_ascii_strtod (words[11], NULL) + g_ascii_strtod (words[12], NULL))
                                          / (double) sysconf (_SC_CLK_TCK);
}

static double
mean (const GArray *samples, guint from, guint to)
{
  double sum = 0;

  for (guint i = from; i < to; i++)
    sum += g_array_index (samples, double, i) / (double) (to - from);
  return sum;
}

static bool
sample (GPid pid, double seconds, GArray *megabytes, TideBenchProcess *ret_process)
{
  int64_t start = g_get_monotonic_time (), end = start + (int64_t) (seconds * TIDE_SECOND), half = (start + end) / 2;
  double cpu_half = NAN;
  int64_t at = 0, now;

  while ((now = g_get_monotonic_time ()) < end && waitpid (pid, NULL, WNOHANG) == 0)
    {
      double now_mb = resident_mb (pid);

      g_array_append_val (megabytes, now_mb);
      if (isnan (cpu_half) && now >= half)
        {
          cpu_half = cpu_s (pid);
          at = now;
        }
      g_usleep (SAMPLE_US);
    }
  ret_process->cores = (cpu_s (pid) - cpu_half) / ((double) (g_get_monotonic_time () - at) / TIDE_SECOND);
  return now >= end && megabytes->len >= 8;
}

bool
tide_bench_watch_process (const char *const *words, double seconds, TideBenchProcess *ret_process, GError **error)
{
  g_autoptr (GArray) megabytes = g_array_new (FALSE, FALSE, sizeof (double));
  g_auto (GStrv) environment = g_environ_setenv (g_get_environ (), "GSK_RENDERER", "cairo", TRUE);
  guint eighth;
  GPid pid;
  bool done;

  if (!g_spawn_async (NULL, (char **) words, environment,
                      G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                      &pid, error))
    return false;
  done = sample (pid, seconds, megabytes, ret_process);
  if (!done)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_FAILED, "%s ended early, or was watched too short a time", words[0]);
      kill (pid, SIGKILL);
      waitpid (pid, NULL, 0);
      return false;
    }
  kill (pid, SIGTERM);
  waitpid (pid, NULL, 0);
  eighth = megabytes->len / 8;
  ret_process->resident_mb = mean (megabytes, megabytes->len - eighth, megabytes->len);
  ret_process->resident_half_mb = mean (megabytes, megabytes->len / 2, megabytes->len / 2 + eighth);
  return true;
}

bool
tide_bench_has_display (void)
{
  return g_getenv ("DISPLAY") != NULL || g_getenv ("WAYLAND_DISPLAY") != NULL;
}
