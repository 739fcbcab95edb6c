/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New workspaces, and what opening one would reach. A demo workspace is a file like any other, kept in data/demo
 * and built in as a resource; only the time at which its story begins is filled in. */
#include "demo-resources.h"
#include "pipeline-private.h"

#include <glib/gstdio.h>
#include <string.h>

#define RESOURCE "/io/github/tidemark/Tidemark/demo/"

static const char empty_workspace[] = "# A Tidemark workspace. Sources, streams and metrics are described in the README.\n"
                                      "[workspace]\n"
                                      "version=1\n"
                                      "name=";

static bool
write_text (const char *dir, const char *name, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);

  return g_file_set_contents (path, text, -1, error);
}

static char *
read_resource (const char *name)
{
  g_autofree char *path = g_strconcat (RESOURCE, name, NULL);
  g_autoptr (GBytes) bytes = g_resource_lookup_data (tide_demo_get_resource (), path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  gsize size = 0;
  const char *data;

  g_assert (bytes != NULL);
  data = g_bytes_get_data (bytes, &size);
  return g_strndup (data, size);
}

/* "-2h" becomes the time at which the part's story begins. */
static void
set_begin (TideConf *conf, const char *section, TideTime now)
{
  const char *written = tide_conf_get (conf, section, "begin");
  char text[TIDE_TIME_STR_MAX];
  TideTime begin;

  g_assert (written != NULL);
  if (!tide_time_parse_relative (written, now, NULL, &begin, NULL))
    g_assert_not_reached ();
  tide_time_format (begin, text);
  tide_conf_set (conf, section, "begin", text);
}

static bool
write_demo (const char *dir, TideTime now, GError **error)
{
  g_autofree char *text = read_resource ("workspace.conf");
  g_autoptr (TideConf) conf = tide_conf_parse (text, strlen (text));
  g_autofree char *analyses = g_build_filename (dir, "analyses", NULL);
  g_auto (GStrv) files = g_resource_enumerate_children (tide_demo_get_resource (), RESOURCE "analyses",
                                                    G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  for (guint i = 0; i < tide_conf_get_n_sections (conf); i++)
    {
      const char *section = tide_conf_get_section (conf, i, NULL);

      if (g_str_has_prefix (section, "source "))
        set_begin (conf, section, now - now % TIDE_SECOND);
    }
  g_mkdir_with_parents (analyses, 0777);
  for (guint i = 0; files != NULL && files[i] != NULL; i++)
    {
      g_autofree char *name = g_strconcat ("analyses/", files[i], NULL), *sql = read_resource (name);

      if (!write_text (dir, name, sql, error))
        return false;
    }
  return tide_workspace_save (dir, conf, error);
}

/**
 * tide_pipeline_create_workspace:
 *
 * Errors: INVALID when there is one already; FAILED when the folder can't be written.
 * Thread: not main.
 */
bool
tide_pipeline_create_workspace (const char *dir, bool demo, const TideClock *clock, GError **error)
{
  g_autofree char *file = g_build_filename (dir, TIDE_WORKSPACE_FILE, NULL);
  g_autofree char *canonical = g_canonicalize_filename (dir, NULL), *name = g_path_get_basename (canonical);
  g_autofree char *text = g_strconcat (empty_workspace, name, "\n", NULL);

  tide_assert_not_main_thread ();
  if (g_file_test (file, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "%s is a workspace already: choose another folder", dir);
      return false;
    }
  if (g_mkdir_with_parents (dir, 0777) != 0)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_FAILED, "can't make the folder %s: choose one that you may write",
                   dir);
      return false;
    }
  return demo ? write_demo (dir, tide_clock_now (clock != NULL ? clock : &tide_clock_system), error)
              : write_text (dir, TIDE_WORKSPACE_FILE, text, error);
}

static void
add_reach (GPtrArray *lines, const char *dir, const TideSourceDef *source)
{
  g_autofree char *protection = tide_pipeline_get_protection (dir, source);

  for (guint i = 0; i < source->spec->n_keys; i++)
    {
      const TideKeySpec *key = &source->spec->keys[i];
      const char *value = tide_source_def_get (source, key->name);

      if (value == NULL || *value == '\0')
        continue;
      if (key->type == TIDE_KEY_HOSTS && protection != NULL)
        g_ptr_array_add (lines, g_strdup_printf ("connects to %s (%s)", value, protection));
      else if (key->type == TIDE_KEY_HOSTS || key->type == TIDE_KEY_URL)
        g_ptr_array_add (lines, g_strdup_printf ("connects to %s", value));
      else if (key->type == TIDE_KEY_PATH && g_path_is_absolute (value))
        g_ptr_array_add (lines, g_strdup_printf ("reads %s", value));
    }
}

/**
 * tide_pipeline_get_reach:
 *
 * Thread: not main; reads the certificates that sources name.
 */
GPtrArray *
tide_pipeline_get_reach (const TideWorkspace *workspace)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < workspace->sources->len; i++)
    add_reach (lines, workspace->dir, g_ptr_array_index (workspace->sources, i));
  for (guint i = 0; i < workspace->checks->len; i++)
    {
      const TideChecksFile *file = g_ptr_array_index (workspace->checks, i);

      if (g_path_is_absolute (file->path))
        g_ptr_array_add (lines, g_strdup_printf ("reads %s", file->path));
    }
  for (guint i = 0; i < workspace->routes->len; i++)
    g_ptr_array_add (lines, g_strdup_printf ("notifies %s", ((TideRoute *) g_ptr_array_index (workspace->routes, i))->url));
  return lines;
}
