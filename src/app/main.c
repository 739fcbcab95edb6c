/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window's main(): locale, the role of this thread (whatever blocks asserts that it is not this one), go. */
#include "app-application.h"
#include "app-resources.h"
#include "pipeline.h"

#include <glib/gi18n.h>
#include <gtksourceview/gtksource.h>
#include <locale.h>

/* GTK 4.8 sets up OpenGL even when nothing is drawn with it; on a software driver that is 100 MB resident for nothing.
 * Before any thread starts: it changes the environment. */
static void
spare_unused_gl (void)
{
  if (g_strcmp0 (g_getenv ("GSK_RENDERER"), "cairo") == 0)
    g_setenv ("GDK_DEBUG", "gl-disable", FALSE);
}

int
main (int argc, char *argv[])
{
  g_autoptr (TideApplication) app = NULL;
  int status;

  tide_process_return_memory ();
  spare_unused_gl ();
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, TIDE_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  tide_thread_set_role (TIDE_THREAD_MAIN);
  g_resources_register (tide_app_get_resource ());
  gtk_source_init ();
  app = tide_application_new ();
  status = g_application_run (G_APPLICATION (app), argc, argv);
  gtk_source_finalize ();
  return status;
}
