/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Peers are programs of their own: what they print is read, what they use is measured. Tidemark installs none of them;
 * a peer that is not there is named in the row. */
#include "bench-private.h"
#include "bench-resources.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

void
tide_bench_ran_clear (TideBenchRan *ran)
{
  g_clear_pointer (&ran->output, g_free);
}

bool
tide_bench_has (const char *program)
{
  g_autofree char *path = g_find_program_in_path (program);

  return path != NULL;
}

static int64_t
children_cpu_us (void)
{
  struct rusage usage;

  getrusage (RUSAGE_CHILDREN, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * TIDE_SECOND + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

/**
 * tide_bench_spawn:
 * @words: NULL-terminated
 *
 * Errors: FAILED, with what it said on standard error.
 */
bool
tide_bench_spawn (const char *const *words, TideBenchRan *ret_ran, GError **error)
{
  g_autofree char *output = NULL, *errors = NULL;
  int64_t start = g_get_monotonic_time (), cpu = children_cpu_us ();
  int status;

  if (!g_spawn_sync (NULL, (char **) words, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, &errors, &status, error))
    return false;
  if (!g_spawn_check_wait_status (status, NULL))
    {
      g_strchomp (errors);
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_FAILED, "%s failed: %s", words[0],
                   strrchr (errors, '\n') != NULL ? strrchr (errors, '\n') + 1 : errors);
      return false;
    }
  *ret_ran = (TideBenchRan){ .output = g_steal_pointer (&output),
                             .wall_us = g_get_monotonic_time () - start,
                             .cpu_us = children_cpu_us () - cpu };
  return true;
}

char *
tide_bench_get_python (const char *module)
{
  const char *python = g_getenv ("TIDEMARK_BENCH_PYTHON");
  g_autofree char *import = g_strconcat ("import ", module, NULL);
  const char *words[] = { python != NULL ? python : "python3", "-c", import, NULL };
  g_auto (TideBenchRan) ran = { 0 };

  return tide_bench_spawn (words, &ran, NULL) ? g_strdup (words[0]) : NULL;
}

char *
tide_bench_get_script (const char *name)
{
  g_autofree char *path = g_strconcat ("/io/github/tidemark/bench/", name, NULL);
  g_autoptr (GBytes) bytes = g_resource_lookup_data (tide_bench_get_resource (), path, 0, NULL);

  g_assert (bytes != NULL);
  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

char *
tide_bench_find_program (const TideBenchRun *run, const char *name, const char *in_build)
{
  g_autofree char *dir = g_path_get_dirname (run->options->program);
  g_autofree char *beside = g_build_filename (dir, name, NULL);
  g_autofree char *built = g_build_filename (dir, in_build, name, NULL);

  if (g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&beside);
  if (g_file_test (built, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&built);
  return g_find_program_in_path (name);
}
