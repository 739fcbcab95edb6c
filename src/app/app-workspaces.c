/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The user's list of workspaces: a key file of a few lines under the configuration folder, one group a folder. It is
 * not in a workspace, because a workspace may come from someone else: what was agreed to is this person's, and a hash
 * over path and reach, so that any change of either asks again. */
#include "app-workspaces.h"

#define MAX_RECENT 8

void
tide_recent_free (TideRecent *recent)
{
  if (recent == NULL)
    return;
  g_free (recent->dir);
  g_free (recent->name);
  g_free (recent);
}

static char *
get_path (void)
{
  return g_build_filename (g_get_user_config_dir (), "tidemark", "workspaces.conf", NULL);
}

static GKeyFile *
load (void)
{
  g_autofree char *path = get_path ();
  GKeyFile *file = g_key_file_new ();

  g_key_file_load_from_file (file, path, G_KEY_FILE_KEEP_COMMENTS, NULL); /* missing: the first start */
  return file;
}

static void
save (GKeyFile *file)
{
  g_autofree char *path = get_path (), *folder = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_mkdir_with_parents (folder, 0700);
  if (!g_key_file_save_to_file (file, path, &error))
    g_warning ("the list of workspaces can't be saved: %s", error->message);
}

/* A folder may hold any byte; a group name may not. */
static char *
group_of (const char *dir)
{
  g_autofree char *absolute = g_canonicalize_filename (dir, NULL);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, absolute, -1);
}

static char *
hash_of (const char *dir, GPtrArray *reach)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *absolute = g_canonicalize_filename (dir, NULL);

  g_checksum_update (sum, (const guchar *) absolute, -1);
  for (guint i = 0; i < reach->len; i++)
    {
      const char *line = g_ptr_array_index (reach, i);

      g_checksum_update (sum, (const guchar *) "\0", 1);
      g_checksum_update (sum, (const guchar *) line, -1);
    }
  return g_strdup (g_checksum_get_string (sum));
}

static int
by_opened (const void *a, const void *b)
{
  const TideRecent *const *x = a, *const *y = b;

  return ((*x)->opened < (*y)->opened) - ((*x)->opened > (*y)->opened);
}

GPtrArray *
tide_workspaces_get_recent (void)
{
  g_autoptr (GKeyFile) file = load ();
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_recent_free);

  for (guint i = 0; groups[i] != NULL; i++)
    {
      g_autofree char *dir = g_key_file_get_string (file, groups[i], "folder", NULL);
      g_autofree char *conf = dir != NULL ? g_build_filename (dir, TIDE_WORKSPACE_FILE, NULL) : NULL;
      TideRecent *recent;

      if (conf == NULL || !g_key_file_has_key (file, groups[i], "opened", NULL)
          || !g_file_test (conf, G_FILE_TEST_EXISTS))
        continue;
      recent = g_new0 (TideRecent, 1);
      recent->dir = g_steal_pointer (&dir);
      recent->name = g_key_file_get_string (file, groups[i], "name", NULL);
      recent->opened = g_key_file_get_int64 (file, groups[i], "opened", NULL);
      g_ptr_array_add (list, recent);
    }
  g_ptr_array_sort (list, by_opened);
  if (list->len > MAX_RECENT)
    g_ptr_array_remove_range (list, MAX_RECENT, list->len - MAX_RECENT);
  return list;
}

/* Keeps those that can be shown: of the others the consent is forgotten too, and asked for again. */
static void
keep_newest (GKeyFile *file)
{
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);

  for (guint n = g_strv_length (groups); n > MAX_RECENT; n--)
    {
      guint oldest = 0;

      for (guint i = 1; i < n; i++)
        if (g_key_file_get_int64 (file, groups[i], "opened", NULL) < g_key_file_get_int64 (file, groups[oldest], "opened", NULL))
          oldest = i;
      g_key_file_remove_group (file, groups[oldest], NULL);
      g_free (groups[oldest]);
      groups[oldest] = groups[n - 1];
      groups[n - 1] = NULL;
    }
}

void
tide_workspaces_remember (const char *dir, const char *name, TideTime now)
{
  g_autoptr (GKeyFile) file = load ();
  g_autofree char *group = group_of (dir), *absolute = g_canonicalize_filename (dir, NULL);

  g_key_file_set_string (file, group, "folder", absolute);
  g_key_file_set_string (file, group, "name", name);
  g_key_file_set_int64 (file, group, "opened", now);
  keep_newest (file);
  save (file);
}

void
tide_workspaces_forget (const char *dir)
{
  g_autoptr (GKeyFile) file = load ();
  g_autofree char *group = group_of (dir);

  if (g_key_file_remove_group (file, group, NULL))
    save (file);
}

bool
tide_workspaces_is_agreed (const char *dir, GPtrArray *reach)
{
  g_autoptr (GKeyFile) file = load ();
  g_autofree char *group = group_of (dir), *hash = hash_of (dir, reach);
  g_autofree char *agreed = g_key_file_get_string (file, group, "agreed", NULL);

  return reach->len == 0 || g_strcmp0 (agreed, hash) == 0;
}

void
tide_workspaces_agree (const char *dir, GPtrArray *reach)
{
  g_autoptr (GKeyFile) file = load ();
  g_autofree char *group = group_of (dir), *hash = hash_of (dir, reach);
  g_autofree char *absolute = g_canonicalize_filename (dir, NULL);

  g_key_file_set_string (file, group, "folder", absolute);
  g_key_file_set_string (file, group, "agreed", hash);
  save (file);
}

char *
tide_workspaces_get_demo_dir (void)
{
  return g_build_filename (g_get_user_data_dir (), "tidemark", "demo", NULL);
}
