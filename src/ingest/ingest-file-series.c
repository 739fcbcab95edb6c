/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files that a log was rotated to: those in its folder whose names begin with its own. Of them a source has to read
 * what came after the file that it reads and is no longer at the path: written last at the same time or later, and none
 * of the files that were there before. So of several rotations between two looks none is lost.
 * Limits: a file that came and was deleted between two looks is not known of; a rotated file that moved to another
 * folder is not found. */
#include "ingest-file-private.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files that were read, or were there before; more are not looked for. */
#define SEEN_MOST 4096
#define COMPARE_BYTES (64 * 1024)

struct _TideFileSeries
{
  char *folder, *base;
  GArray *seen; /* TideFileIdentity */
};

/* A file of the series. */
typedef struct
{
  char *path;
  struct timespec written;
} Member;

static void
member_free (void *data)
{
  Member *member = data;

  g_free (member->path);
  g_free (member);
}

TideFileSeries *
tide_file_series_new (const char *path)
{
  TideFileSeries *series = g_new0 (TideFileSeries, 1);

  series->folder = g_path_get_dirname (path);
  series->base = g_path_get_basename (path);
  series->seen = g_array_new (FALSE, FALSE, sizeof (TideFileIdentity));
  return series;
}

void
tide_file_series_free (TideFileSeries *series)
{
  if (series == NULL)
    return;
  g_free (series->folder);
  g_free (series->base);
  g_array_unref (series->seen);
  g_free (series);
}

void
tide_file_series_add_seen (TideFileSeries *series, const TideFileIdentity *identity)
{
  if (series->seen->len < SEEN_MOST)
    g_array_append_vals (series->seen, identity, 1);
}

static bool
is_seen (const TideFileSeries *series, int fd)
{
  for (guint i = 0; i < series->seen->len; i++)
    if (tide_file_identity_matches (&g_array_index (series->seen, TideFileIdentity, i), fd))
      return true;
  return false;
}

static int
compare_times (struct timespec a, struct timespec b)
{
  if (a.tv_sec != b.tv_sec)
    return a.tv_sec < b.tv_sec ? -1 : 1;
  return (a.tv_nsec > b.tv_nsec) - (a.tv_nsec < b.tv_nsec);
}

/* By when they were written last; events.log.2 is older than events.log.1. */
static int
compare_members (gconstpointer a, gconstpointer b)
{
  const Member *x = *(Member *const *) a, *y = *(Member *const *) b;
  int order = compare_times (x->written, y->written);
  g_autofree char *key_x = NULL, *key_y = NULL;

  if (order != 0)
    return order;
  key_x = g_utf8_collate_key_for_filename (x->path, -1);
  key_y = g_utf8_collate_key_for_filename (y->path, -1);
  return strcmp (key_y, key_x);
}

/* Members that were written last at @since or later, oldest first; not the one at the path. */
static GPtrArray *
list_members (const TideFileSeries *series, struct timespec since)
{
  g_autoptr (GDir) dir = g_dir_open (series->folder, 0, NULL);
  GPtrArray *members = g_ptr_array_new_with_free_func (member_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (series->folder, name, NULL);
      struct stat info;
      Member *member;

      if (!g_str_has_prefix (name, series->base) || strcmp (name, series->base) == 0 || stat (path, &info) != 0
          || !S_ISREG (info.st_mode) || compare_times (info.st_mtim, since) < 0)
        continue;
      member = g_new0 (Member, 1);
      member->path = g_steal_pointer (&path);
      member->written = info.st_mtim;
      g_ptr_array_add (members, member);
    }
  g_ptr_array_sort (members, compare_members);
  return members;
}

void
tide_file_series_add_all (TideFileSeries *series)
{
  g_autoptr (GPtrArray) members = list_members (series, (struct timespec){ 0 });

  /* The newest, when there are too many: those that may be taken for unread ones. */
  for (guint i = members->len > SEEN_MOST ? members->len - SEEN_MOST : 0; i < members->len; i++)
    {
      int fd = open (((Member *) g_ptr_array_index (members, i))->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
      TideFileIdentity identity;

      if (fd >= 0 && tide_file_identity_read (fd, &identity))
        tide_file_series_add_seen (series, &identity);
      if (fd >= 0)
        close (fd);
    }
}

bool
tide_file_series_has (const TideFileSeries *series, const TideFileIdentity *identity)
{
  g_autoptr (GDir) dir = g_dir_open (series->folder, 0, NULL);
  bool found = false;
  const char *name;

  while (!found && dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (series->folder, name, NULL);
      struct stat info;
      int fd;

      if (!g_str_has_prefix (name, series->base) || stat (path, &info) != 0 || info.st_ino != identity->inode)
        continue;
      fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
      found = fd >= 0 && tide_file_identity_matches (identity, fd);
      if (fd >= 0)
        close (fd);
    }
  return found;
}

static bool
is_compressed (const char *path)
{
  static const char *const ends[] = { ".gz", ".xz", ".bz2", ".zst", ".lz4" };

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    if (g_str_has_suffix (path, ends[i]))
      return true;
  return false;
}

/* A copy that somebody made of it, byte for byte. */
static bool
is_copy (int fd, int other)
{
  g_autofree char *a = NULL, *b = NULL;
  int64_t size = tide_file_size (fd);
  gssize n = 1;

  if (size == 0 || tide_file_size (other) != size)
    return false;
  a = g_malloc (COMPARE_BYTES);
  b = g_malloc (COMPARE_BYTES);
  for (int64_t at = 0; at < size && n > 0; at += n)
    {
      n = pread (fd, a, COMPARE_BYTES, at);
      if (n <= 0 || pread (other, b, COMPARE_BYTES, at) != n || memcmp (a, b, (gsize) n) != 0)
        return false;
    }
  return true;
}

/**
 * tide_file_series_open_next:
 * @fd: of the file that was read to its end, which is no longer at the path
 * @ret_unreadable: (out) (nullable): name of a file that was compressed before it was read; free with g_free()
 *
 * Returns: a descriptor of the oldest file of the series after @fd's that was not read; -1: there is none
 */
int
tide_file_series_open_next (TideFileSeries *series, int fd, char **ret_unreadable)
{
  g_autoptr (GPtrArray) members = NULL;
  TideFileIdentity identity;
  struct stat info;

  *ret_unreadable = NULL;
  if (fstat (fd, &info) != 0 || !tide_file_identity_read (fd, &identity))
    return -1;
  tide_file_series_add_seen (series, &identity);
  members = list_members (series, info.st_mtim);
  for (guint i = 0; i < members->len; i++)
    {
      const Member *member = g_ptr_array_index (members, i);
      int next = open (member->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

      if (next < 0)
        continue;
      if (!is_compressed (member->path) && !is_seen (series, next) && !is_copy (fd, next))
        return next;
      /* One of the same time is the file that was just read. */
      if (is_compressed (member->path) && !is_seen (series, next) && compare_times (member->written, info.st_mtim) > 0)
        {
          if (*ret_unreadable == NULL)
            *ret_unreadable = g_path_get_basename (member->path);
          if (tide_file_identity_read (next, &identity))
            tide_file_series_add_seen (series, &identity);
        }
      close (next);
    }
  return -1;
}
