/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The application: what the command line asks for, the shortcuts, and a window. A second start hands its options to the
 * first one. A workspace that is named on the command line still asks for consent in the window. */
#include "app-application.h"

#include "app-pane.h"
#include "app-window.h"
#include "app-workspaces.h"

#include <glib/gi18n.h>

struct _TideApplication
{
  AdwApplication parent_instance;
};

G_DEFINE_FINAL_TYPE (TideApplication, tide_application, ADW_TYPE_APPLICATION)

static TideWindow *
get_window (TideApplication *self)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  return window != NULL && TIDE_IS_WINDOW (window) ? TIDE_WINDOW (window) : tide_window_new (ADW_APPLICATION (self));
}

static void
tide_application_activate (GApplication *app)
{
  gtk_window_present (GTK_WINDOW (get_window (TIDE_APPLICATION (app))));
}

static int
tide_application_command_line (GApplication *app, GApplicationCommandLine *line)
{
  TideWindow *window = get_window (TIDE_APPLICATION (app));
  GVariantDict *options = g_application_command_line_get_options_dict (line);
  g_autofree char *dir = NULL;

  gtk_window_present (GTK_WINDOW (window));
  if (g_variant_dict_lookup (options, "workspace", "^ay", &dir))
    {
      g_autoptr (GFile) folder = g_application_command_line_create_file_for_arg (line, dir);
      g_autofree char *path = g_file_get_path (folder);

      tide_window_open (window, path != NULL ? path : dir,
                        g_variant_dict_contains (options, "demo") ? TIDE_OPENER_DEMO : TIDE_OPENER_EXISTING);
    }
  else if (g_variant_dict_contains (options, "demo"))
    {
      g_autofree char *demo = tide_workspaces_get_demo_dir ();

      tide_window_open (window, demo, TIDE_OPENER_DEMO);
    }
  return 0;
}

static void
on_quit (GSimpleAction *action, GVariant *parameter, void *data)
{
  GList *windows = g_list_copy_deep (gtk_application_get_windows (data), (GCopyFunc) (void (*) (void)) g_object_ref, NULL);

  /* Each once: one may stay open to ask. */
  for (GList *item = windows; item != NULL; item = item->next)
    gtk_window_close (item->data);
  g_list_free_full (windows, g_object_unref);
}

static void
on_about (GSimpleAction *action, GVariant *parameter, void *data)
{
  adw_show_about_window (gtk_application_get_active_window (data),
                         "application-name", "Tidemark",
                         "application-icon", "io.github.tidemark.Tidemark",
                         "version", TIDE_VERSION,
                         "comments", _ ("Streams and batch in one view, joined at one cut."),
                         "developer-name", _ ("The Tidemark contributors"),
                         "license-type", GTK_LICENSE_GPL_3_0,
                         NULL);
}

/* A click on a notification: the rule, as it was then. */
static void
on_show_alert (GSimpleAction *action, GVariant *parameter, void *data)
{
  const char *rule;
  gint64 time;
  TideWindow *window = get_window (data);

  g_variant_get (parameter, "(&sx)", &rule, &time);
  gtk_window_present (GTK_WINDOW (window));
  tide_window_open_alert (window, rule, time);
}

static void
set_shortcuts (GtkApplication *app)
{
  static const struct
  {
    const char *action, *keys[3];
  } shortcuts[] = {
    { "app.quit", { "<Control>q" } },
    { "window.close", { "<Control>w" } },
    { "win.open", { "<Control>o" } },
    { "win.export", { "<Control>e" } },
    { "win.preferences", { "<Control>comma" } },
    { "win.sidebar", { "F9" } },
    { "win.pause", { "<Control>p" } },
    { "win.search", { "<Control>f" } },
    { "win.show-help-overlay", { "<Control>question", "<Control>F1" } },
  };

  guint n_panes;

  for (guint i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    gtk_application_set_accels_for_action (app, shortcuts[i].action, shortcuts[i].keys);
  tide_app_panes (&n_panes);
  for (guint i = 1; i <= MIN (n_panes, 9); i++)
    {
      g_autofree char *action = g_strdup_printf ("win.pane(%u)", i), *key = g_strdup_printf ("<Control>%u", i);
      const char *keys[] = { key, NULL };

      gtk_application_set_accels_for_action (app, action, keys);
    }
}

static void
tide_application_startup (GApplication *app)
{
  const GActionEntry entries[] = { { "quit", on_quit }, { "about", on_about },
                                   { "show-alert", on_show_alert, "(sx)" } };

  G_APPLICATION_CLASS (tide_application_parent_class)->startup (app);
  g_action_map_add_action_entries (G_ACTION_MAP (app), entries, G_N_ELEMENTS (entries), app);
  set_shortcuts (GTK_APPLICATION (app));
  gtk_window_set_default_icon_name ("io.github.tidemark.Tidemark");
}

static void
tide_application_class_init (TideApplicationClass *class)
{
  GApplicationClass *app_class = G_APPLICATION_CLASS (class);

  app_class->activate = tide_application_activate;
  app_class->command_line = tide_application_command_line;
  app_class->startup = tide_application_startup;
}

static void
tide_application_init (TideApplication *self)
{
  const GOptionEntry entries[] = {
    { "workspace", 'w', 0, G_OPTION_ARG_FILENAME, NULL, N_ ("Open the workspace in this folder"), N_ ("DIR") },
    { "demo", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Open the demo (with --workspace: made there when there is none)"),
      NULL },
    { NULL },
  };

  g_application_add_main_option_entries (G_APPLICATION (self), entries);
}

TideApplication *
tide_application_new (void)
{
  return g_object_new (TIDE_TYPE_APPLICATION,
                       "application-id", "io.github.tidemark.Tidemark",
                       "resource-base-path", "/io/github/tidemark/Tidemark",
                       "flags", G_APPLICATION_HANDLES_COMMAND_LINE,
                       NULL);
}
