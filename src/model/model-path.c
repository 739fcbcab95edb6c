/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths of a workspace's files. A workspace can come from someone else, so a path in it may neither climb out with
 * ".." nor through a symbolic link, also one that points at nothing yet.
 * Limit: it says what is true when it is called; who may write in the folder may change links afterwards. */
#include "model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool
is_below (const char *path, const char *root)
{
  size_t len = strlen (root);
  if (strcmp (root, "/") == 0)
    return true;
  return strncmp (path, root, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static char *
denied (const char *path, GError **error)
{
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_DENIED,
               "'%s' leaves the workspace; expected a file inside its folder, without links out of it", path);
  return NULL;
}

/**
 * tide_workspace_resolve:
 * @dir: the folder of the workspace, which must be there
 * @path: relative to it, or absolute inside it; need not be there
 *
 * Returns: (transfer full): the absolute path, without "..", or %NULL
 *
 * Errors: TIDE_ERROR_DENIED when it leaves the folder, TIDE_ERROR_NOT_FOUND when there is no folder.
 * Thread: not main (it looks at files). Locks: none.
 */
char *
tide_workspace_resolve (const char *dir, const char *path, GError **error)
{
  g_autofree char *root = realpath (dir, NULL);
  if (root == NULL)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND, "there is no folder '%s'", dir);
      return NULL;
    }
  g_autofree char *as_given = g_canonicalize_filename (dir, NULL);
  g_autofree char *wanted = g_canonicalize_filename (path, root);
  if (g_path_is_absolute (path) && is_below (wanted, as_given) && !is_below (wanted, root))
    {
      /* The folder itself may be reached through a link. */
      char *moved = g_build_filename (root, wanted + strlen (as_given), NULL);
      g_free (wanted);
      wanted = moved;
    }
  if (!is_below (wanted, root) || strcmp (wanted, root) == 0)
    return denied (path, error);
  /* Each part that is there must really lie inside; one that is not there ends the walk, a dangling link is refused. */
  for (char *slash = wanted + (strcmp (root, "/") == 0 ? 0 : strlen (root)); slash != NULL;)
    {
      char *next = strchr (slash + 1, '/');
      g_autofree char *part = next == NULL ? g_strdup (wanted) : g_strndup (wanted, (gsize) (next - wanted));
      struct stat info;
      if (lstat (part, &info) != 0)
        break;
      if (S_ISLNK (info.st_mode))
        {
          g_autofree char *real = realpath (part, NULL);
          if (real == NULL || !is_below (real, root))
            return denied (path, error);
        }
      slash = next;
    }
  return g_steal_pointer (&wanted);
}

/* Written by Tidemark itself, or read by it as code; also when the folder is reached through a link. */
static bool
is_own_file (const char *root, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path), *real = realpath (folder, NULL), *base = g_path_get_basename (path);

  if (real == NULL)
    return false; /* a folder that is not there yet holds nothing of ours */
  if (strcmp (real, root) == 0)
    return strcmp (base, TIDE_WORKSPACE_FILE) == 0 || g_str_has_prefix (base, TIDE_DATABASE_FILE)
           || strcmp (base, "analyses") == 0;
  g_autofree char *analyses = g_build_filename (root, "analyses", NULL);
  return is_below (real, analyses);
}

/**
 * tide_workspace_resolve_output:
 * @pattern: relative to @dir; strftime codes are those of @time in @zone
 *
 * The file that something unattended may be written to.
 *
 * Returns: (transfer full): the absolute path, or %NULL
 *
 * Errors: DENIED when it leaves the folder or is a file of Tidemark's own, INVALID for a code that is none, NOT_FOUND
 * when there is no folder.
 * Thread: not main. Locks: none.
 */
char *
tide_workspace_resolve_output (const char *dir, const char *pattern, TideTime time, GTimeZone *zone, GError **error)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time / TIDE_SECOND);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, zone);
  g_autofree char *name = g_date_time_format (local, pattern), *path = NULL, *root = NULL;

  if (name == NULL || *name == '\0' || g_str_has_suffix (name, "/"))
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
                   "'%s' is no file name: expected one such as reports/%%Y-%%m-%%d.csv", pattern);
      return NULL;
    }
  path = tide_workspace_resolve (dir, name, error);
  if (path == NULL)
    return NULL;
  root = realpath (dir, NULL);
  if (root == NULL || is_own_file (root, path))
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_DENIED, "'%s' is Tidemark's own; expected another file", name);
      return NULL;
    }
  return g_steal_pointer (&path);
}
