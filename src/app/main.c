/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window's main(): locale, the role of this thread (whatever blocks asserts that it is not this one), go. */
#include "app-application.h"
#include "app-resources.h"
#include "pipeline.h"

#include <glib/gi18n.h>
#include <gtksourceview/gtksource.h>
#include <locale.h>

int
main (int argc, char *argv[])
{
  g_autoptr (TideApplication) app = NULL;
  int status;

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
