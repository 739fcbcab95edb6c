/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The preferences of a workspace, to be looked at (and photographed) by whoever changes them:
 *   preferences-gallery DIR [--page NAME] [--edit SOURCE | --add KIND | --metric NAME] [--press LABEL] [--dark]
 * DIR is made a demo workspace when there is none. --press activates every button of that label. Not installed, not a
 * test. */
#include "app-preferences-private.h"

GResource *tide_app_get_resource (void);

static char *page, *edit, *add, *metric, *press;
static gboolean dark;
static char *dir;

static void
press_buttons (GtkWidget *widget)
{
  if (GTK_IS_BUTTON (widget) && g_strcmp0 (gtk_button_get_label (GTK_BUTTON (widget)), press) == 0)
    g_signal_emit_by_name (widget, "clicked");
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    press_buttons (child);
}

static gboolean
on_press (void *window)
{
  press_buttons (window);
  return G_SOURCE_REMOVE;
}

static void
on_opened (GObject *object, GAsyncResult *result, void *app)
{
  g_autoptr (GError) error = NULL;
  TidePipeline *pipeline = tide_pipeline_open_finish (result, &error);
  GtkWindow *window;
  GtkWidget *subpage = NULL;

  if (pipeline == NULL)
    {
      g_printerr ("%s\n", error->message);
      g_application_release (app);
      return;
    }
  window = tide_preferences_new (pipeline, NULL);
  gtk_window_set_application (window, app);
  if (page != NULL)
    adw_preferences_window_set_visible_page_name (ADW_PREFERENCES_WINDOW (window), page);
  if (edit != NULL)
    subpage = tide_source_editor_new (TIDE_PREFERENCES (window), NULL, edit);
  if (add != NULL)
    subpage = tide_source_editor_new (TIDE_PREFERENCES (window), tide_catalog_get_source (tide_pipeline_catalog (), add),
                                      NULL);
  if (metric != NULL)
    subpage = tide_metric_editor_new (TIDE_PREFERENCES (window), metric);
  if (subpage != NULL)
    adw_preferences_window_present_subpage (ADW_PREFERENCES_WINDOW (window), subpage);
  gtk_window_present (window);
  if (press != NULL)
    g_timeout_add (1500, on_press, window);
  g_application_release (app);
}

static void
on_activate (GApplication *app)
{
  if (dark)
    adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_DARK);
  g_application_hold (app);
  tide_pipeline_open_async (dir, TIDE_PIPELINE_RUN, NULL, NULL, on_opened, app);
}

int
main (int argc, char *argv[])
{
  const GOptionEntry entries[] = {
    { "page", 0, 0, G_OPTION_ARG_STRING, &page, NULL, NULL },
    { "edit", 0, 0, G_OPTION_ARG_STRING, &edit, NULL, NULL },
    { "add", 0, 0, G_OPTION_ARG_STRING, &add, NULL, NULL },
    { "metric", 0, 0, G_OPTION_ARG_STRING, &metric, NULL, NULL },
    { "press", 0, 0, G_OPTION_ARG_STRING, &press, NULL, NULL },
    { "dark", 0, 0, G_OPTION_ARG_NONE, &dark, NULL, NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("DIR");
  g_autoptr (AdwApplication) app = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, NULL) || argc < 2)
    return 2;
  dir = g_canonicalize_filename (argv[1], NULL);
  tide_pipeline_create_workspace (dir, true, NULL, NULL); /* fails when there is one, which is as good */
  tide_thread_set_role (TIDE_THREAD_MAIN);
  g_resources_register (tide_app_get_resource ());
  app = adw_application_new ("io.github.tidemark.Tidemark", G_APPLICATION_NON_UNIQUE);
  g_signal_connect (app, "activate", G_CALLBACK (on_activate), NULL);
  return g_application_run (G_APPLICATION (app), 1, argv);
}
