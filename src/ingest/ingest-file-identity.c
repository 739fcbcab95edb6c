/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which file a position belongs to. A name is not enough, since logs are renamed and made anew; an inode is not
 * either, since it is used again once a file is gone: so the first bytes count too. Device numbers may change when a
 * machine starts, so they decide only while a file is still empty. */
#include "ingest-file-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* FNV-1a over the first @n bytes; FALSE when there are fewer. */
static bool
hash_first (int fd, int64_t n, guint64 *ret_hash)
{
  unsigned char bytes[TIDE_FILE_IDENTITY_BYTES];
  gssize got;
  do
    got = pread (fd, bytes, (gsize) n, 0);
  while (got < 0 && errno == EINTR);
  if (got != n)
    return false;
  guint64 hash = G_GUINT64_CONSTANT (0xcbf29ce484222325);
  for (gssize i = 0; i < got; i++)
    hash = (hash ^ bytes[i]) * G_GUINT64_CONSTANT (0x100000001b3);
  *ret_hash = hash;
  return true;
}

bool
tide_file_identity_read (int fd, TideFileIdentity *ret_identity)
{
  struct stat info;
  TideFileIdentity identity = { 0 };
  if (fstat (fd, &info) != 0 || !S_ISREG (info.st_mode))
    return false;
  identity.device = info.st_dev;
  identity.inode = info.st_ino;
  identity.n = MIN (info.st_size, TIDE_FILE_IDENTITY_BYTES);
  if (!hash_first (fd, identity.n, &identity.hash))
    return false;
  *ret_identity = identity;
  return true;
}

bool
tide_file_identity_matches (const TideFileIdentity *identity, int fd)
{
  struct stat info;
  guint64 hash;
  if (fstat (fd, &info) != 0 || info.st_ino != identity->inode)
    return false;
  if (identity->n == 0)
    return info.st_dev == identity->device;
  return hash_first (fd, identity->n, &hash) && hash == identity->hash;
}

int
tide_file_find_renamed (const char *path, const TideFileIdentity *identity)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *other = g_build_filename (folder, name, NULL);
      struct stat info;
      if (stat (other, &info) != 0 || !S_ISREG (info.st_mode) || info.st_ino != identity->inode)
        continue;
      int fd = open (other, O_RDONLY | O_CLOEXEC);
      if (fd >= 0 && tide_file_identity_matches (identity, fd))
        return fd;
      if (fd >= 0)
        close (fd);
    }
  return -1;
}

int64_t
tide_file_size (int fd)
{
  struct stat info;
  return fstat (fd, &info) == 0 ? (int64_t) info.st_size : 0;
}

char *
tide_file_token_make (int64_t base, const TideFileIdentity *identity)
{
  return g_strdup_printf ("1 %" G_GINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT
                          " %016" G_GINT64_MODIFIER "x",
                          base, identity->device, identity->inode, identity->n, identity->hash);
}

bool
tide_file_token_read (const char *token, int64_t *ret_base, TideFileIdentity *ret_identity)
{
  g_auto (GStrv) words = g_strsplit (token != NULL ? token : "", " ", -1);
  if (g_strv_length (words) != 6 || !g_str_equal (words[0], "1"))
    return false;
  int64_t n = g_ascii_strtoll (words[4], NULL, 10);
  if (n < 0 || n > TIDE_FILE_IDENTITY_BYTES)
    return false;
  *ret_base = g_ascii_strtoll (words[1], NULL, 10);
  ret_identity->device = g_ascii_strtoull (words[2], NULL, 10);
  ret_identity->inode = g_ascii_strtoull (words[3], NULL, 10);
  ret_identity->n = n;
  ret_identity->hash = g_ascii_strtoull (words[5], NULL, 16);
  return true;
}

char *
tide_file_resolve (const char *dir, const char *path, GError **error)
{
  if (path == NULL || *path == '\0')
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "path is missing; it names the file to read");
      return NULL;
    }
  return g_path_is_absolute (path) ? g_strdup (path) : tide_workspace_resolve (dir, path, error);
}
