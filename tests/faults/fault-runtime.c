/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What makes the program under test faulty: it is tidemark-cli as it is, with this linked to it. Listens to the points in
 * store/, stands between SQLite and the file system, and adds to the time of day (the linker sends every call of
 * g_get_real_time() here). */
#include "fault-page.h"
#include "store-fault.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

FaultPage *fault_page;

gint64 __real_g_get_real_time (void);
gint64 __wrap_g_get_real_time (void) __attribute__ ((visibility ("default")));

gint64
__wrap_g_get_real_time (void)
{
  return __real_g_get_real_time () + (fault_page != NULL ? __atomic_load_n (&fault_page->clock_us, __ATOMIC_RELAXED) : 0);
}

#ifndef NDEBUG
static void
on_point (const char *name)
{
  if (g_atomic_int_get (&fault_page->point_after) <= 0 || strcmp (name, fault_page->point) != 0)
    return;
  if (!g_atomic_int_dec_and_test (&fault_page->point_after))
    return;
  g_atomic_int_inc (&fault_page->hits);
  fault_end ((FaultAction) fault_page->point_action);
}
#endif

static void __attribute__ ((constructor))
fault_init (void)
{
  const char *path = g_getenv ("TIDEMARK_FAULT_PAGE");
  if (path == NULL)
    return;
  int fd = open (path, O_RDWR | O_CLOEXEC);
  void *page = fd < 0 ? MAP_FAILED : mmap (NULL, sizeof (FaultPage), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED)
    g_error ("can't map %s", path);
  close (fd);
  fault_page = page;
#ifndef NDEBUG
  tide_fault_hook = on_point;
#endif
  fault_vfs_install ();
}
