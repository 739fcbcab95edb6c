/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No path of a workspace leaves its folder: by "..", by a link, by a link to nothing. */
#include "model.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  char *base, *dir;
} Folder;

static void
set_up (Folder *folder, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  folder->base = g_dir_make_tmp ("tide-path-XXXXXX", &error);
  g_assert_no_error (error);
  folder->dir = g_build_filename (folder->base, "ws", NULL);
  g_autofree char *inner = g_build_filename (folder->dir, "analyses", NULL);
  g_assert_cmpint (g_mkdir_with_parents (inner, 0700), ==, 0);
}

static void
add_link (Folder *folder, const char *name, const char *target)
{
  g_autofree char *path = g_build_filename (folder->dir, name, NULL);
  g_assert_cmpint (symlink (target, path), ==, 0);
}

static void
tear_down (Folder *folder, gconstpointer data)
{
  static const char *const names[] = { "ws/out", "ws/nowhere", "ws/loop", "ws/in", "ws/deep", "again", "ws/analyses", "ws" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder->base, names[i], NULL);
      g_remove (path);
    }
  g_assert_cmpint (g_rmdir (folder->base), ==, 0);
  g_free (folder->base);
  g_free (folder->dir);
}

static void
assert_inside (Folder *folder, const char *dir, const char *path, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *resolved = tide_workspace_resolve (dir, path, &error);
  g_autofree char *wanted = g_build_filename (folder->dir, expected, NULL);
  g_assert_no_error (error);
  g_assert_cmpstr (resolved, ==, wanted);
}

static void
assert_denied (Folder *folder, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_test_message ("%s", path);
  g_assert_null (tide_workspace_resolve (folder->dir, path, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_DENIED);
}

static void
test_inside (Folder *folder, gconstpointer data)
{
  add_link (folder, "in", "analyses");
  assert_inside (folder, folder->dir, "data.csv", "data.csv");
  assert_inside (folder, folder->dir, "./a/../analyses//x.sql", "analyses/x.sql");
  assert_inside (folder, folder->dir, "in/x.sql", "in/x.sql");
  g_autofree char *absolute = g_build_filename (folder->dir, "x", NULL);
  assert_inside (folder, folder->dir, absolute, "x");
  /* The folder itself behind a link. */
  g_autofree char *again = g_build_filename (folder->base, "again", NULL);
  g_assert_cmpint (symlink ("ws", again), ==, 0);
  assert_inside (folder, again, "x", "x");
  g_autofree char *through = g_build_filename (again, "x", NULL);
  assert_inside (folder, again, through, "x");
}

static void
test_denied (Folder *folder, gconstpointer data)
{
  add_link (folder, "out", "..");
  add_link (folder, "nowhere", "/nonexistent/tide");
  add_link (folder, "loop", "loop");
  add_link (folder, "deep", "out/other");
  static const char *const paths[] = { "..", ".", "", "../ws2/x", "../wsx", "/etc/passwd", "out", "out/x", "nowhere",
                                       "nowhere/x", "loop", "deep/x", "analyses/../../x" };
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    assert_denied (folder, paths[i]);
}

static void
test_output (Folder *folder, gconstpointer data)
{
  static const struct
  {
    const char *pattern, *expected; /* NULL: refused */
    int code;
  } cases[] = {
    { "daily.csv", "daily.csv", 0 },
    { "reports/%Y/%m-%d %H.csv", "reports/2026/07-01 01.csv", 0 },
    { "%%x.csv", "%x.csv", 0 },
    { "workspace.conf", NULL, TIDE_ERROR_DENIED },
    { "a/../workspace.conf", NULL, TIDE_ERROR_DENIED },
    { "tidemark.db-wal", NULL, TIDE_ERROR_DENIED },
    { "analyses/x.sql", NULL, TIDE_ERROR_DENIED },
    { "in/x.sql", NULL, TIDE_ERROR_DENIED },
    { "../%Y.csv", NULL, TIDE_ERROR_DENIED },
    { "out/%Y.csv", NULL, TIDE_ERROR_DENIED },
    { "%!.csv", NULL, TIDE_ERROR_INVALID },
    { "reports/", NULL, TIDE_ERROR_INVALID },
    { "", NULL, TIDE_ERROR_INVALID },
  };
  g_autoptr (GTimeZone) zone = tide_time_zone_new ("Europe/Berlin", NULL);
  add_link (folder, "in", "analyses");
  add_link (folder, "out", "..");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = tide_workspace_resolve_output (folder->dir, cases[i].pattern,
                                                             (TideTime) 1782862200 * TIDE_SECOND, zone, &error);
      g_autofree char *wanted
        = cases[i].expected != NULL ? g_build_filename (folder->dir, cases[i].expected, NULL) : NULL;
      g_test_message ("%s", cases[i].pattern);
      g_assert_cmpstr (path, ==, wanted);
      if (wanted == NULL)
        g_assert_error (error, TIDE_ERROR, cases[i].code);
    }
}

static void
test_no_folder (Folder *folder, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (tide_workspace_resolve ("/nonexistent/tide", "x", &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/model/path/inside", Folder, NULL, set_up, test_inside, tear_down);
  g_test_add ("/model/path/denied", Folder, NULL, set_up, test_denied, tear_down);
  g_test_add ("/model/path/output", Folder, NULL, set_up, test_output, tear_down);
  g_test_add ("/model/path/no-folder", Folder, NULL, set_up, test_no_folder, tear_down);
  return g_test_run ();
}
