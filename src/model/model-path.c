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
