/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of events, one a line (JSON) or one a record (CSV): once, or followed as it grows.
 * A position is a count of bytes that never goes back, also over rotations: base + offset in the present file. Its
 * token names that file by inode and a hash of its first bytes, so that after a restart reading goes on in the right
 * one, even if it was renamed meanwhile. A rotated file is read to its end through the open descriptor, and left once
 * it has been quiet for half a second while another stands at its path; of several rotations the files between are read
 * too (ingest-file-series.c). A file that got shorter, or whose first bytes changed, was truncated: that is recorded as
 * a gap, and so is a file that was seen and is gone, or was compressed, before it was read.
 * Limits: looks ten times a second rather than being told; a line over 16 MiB, and a CSV record of several lines over
 * 1 MiB, goes to quarantine with its first part; a copy-and-truncate that grows back over the old size with the same
 * first 256 bytes between two looks is not seen. */
#include "ingest-file-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_FIRST (256 * 1024)
#define LOOK_EVERY_US (100 * 1000)
#define ROTATED_QUIET_US (500 * 1000)
#define IDLE_AFTER_US (5 * 1000 * 1000)

/* --- reading --- */

static void
make_room (TideFile *file)
{
  gsize held = file->end - file->start;
  if (held > 0 && file->start > 0)
    memmove (file->buffer, file->buffer + file->start, held);
  file->start = 0;
  file->end = held;
  gsize size = file->size;
  if (held == 0)
    size = BUFFER_FIRST;
  else if (held == size)
    size *= 2;
  if (size != file->size)
    {
      file->buffer = g_realloc (file->buffer, size);
      file->size = size;
    }
}

/* Bytes read; 0 at the end; -1 and an error. */
static gssize
fill (TideFile *file, GError **error)
{
  make_room (file);
  gssize n;
  do
    n = pread (file->fd, file->buffer + file->end, file->size - file->end, file->read_offset);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_FAILED, "%s can't be read: %s", file->path, g_strerror (errno));
      return -1;
    }
  file->end += (gsize) n;
  file->read_offset += n;
  if (n > 0)
    {
      file->received = tide_clock_now (tide_source_run_get_clock (file->run));
      file->last_data_us = g_get_monotonic_time ();
    }
  return n;
}

static void
tell_position (TideFile *file)
{
  g_autofree char *token = tide_file_token_make (file->base, &file->identity);
  tide_source_run_position (file->run, 0, tide_file_next_position (file), token);
}

/* The header of a file that is gone on with in the middle. */
static bool
read_header (TideFile *file, GError **error)
{
  g_autofree char *data = g_malloc (TIDE_FILE_RECORD_MAX_BYTES);
  TideCsvFrame frame = { 0 };
  gssize n = pread (file->fd, data, TIDE_FILE_RECORD_MAX_BYTES, 0);
  file->delimiter = tide_csv_reader_find_delimiter (data, n > 0 ? (gsize) n : 0);
  gsize len = n > 0 ? tide_csv_reader_frame (&frame, file->delimiter, data, (gsize) n) : 0;
  if (len == 0)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "%s has no header line that names the columns", file->path);
      return false;
    }
  return tide_source_run_header (file->run, data, len, error);
}

/* Starts to read what is open at @offset of the file. */
static bool
start_at (TideFile *file, int64_t offset, GError **error)
{
  file->start = file->end = file->searched = 0;
  file->frame = (TideCsvFrame){ 0 };
  file->read_offset = offset;
  file->rotated_since_us = 0;
  file->awaited = (TideFileIdentity){ 0 };
  g_clear_pointer (&file->overlong, g_byte_array_unref);
  file->wants_header = file->csv && offset == 0;
  if (file->csv && offset > 0 && !read_header (file, error))
    return false;
  tell_position (file);
  return true;
}

/* --- which file --- */

/* Opens what stands at the path. FALSE: NOT_FOUND or why not. */
static bool
open_path (TideFile *file, GError **error)
{
  file->fd = open (file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file->fd >= 0 && tide_file_identity_read (file->fd, &file->identity))
    return true;
  int code = file->fd < 0 ? errno : EISDIR;
  if (file->fd >= 0)
    close (file->fd);
  file->fd = -1;
  if (code == ENOENT || code == ENOTDIR)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND,
                 "%s does not exist; it is read as soon as it is there", file->path);
  else if (code == EISDIR)
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "%s is no regular file", file->path);
  else
    g_set_error (error, TIDE_ERROR, TIDE_ERROR_DENIED, "%s can't be opened: %s", file->path, g_strerror (code));
  return false;
}

static void
close_file (TideFile *file)
{
  if (file->fd >= 0)
    close (file->fd);
  file->fd = -1;
}

/* Goes on at a committed position: in the file at the path, in one it was renamed to, or at the start of another. */
static bool
go_on (TideFile *file, const TidePosition *position, GError **error)
{
  TideFileIdentity wanted;
  g_autoptr (GError) local_error = NULL;
  bool known = tide_file_token_read (position->token, &file->base, &wanted);
  bool there = open_path (file, &local_error);
  if (!there && !g_error_matches (local_error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return false;
    }
  bool same = known && there && tide_file_identity_matches (&wanted, file->fd);
  if (known && !same)
    {
      int other = tide_file_find_renamed (file->path, &wanted);
      if (other >= 0)
        {
          close_file (file);
          file->fd = other;
          tide_file_identity_read (other, &file->identity);
          same = true;
        }
    }
  if (!same && !there)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return false;
    }
  /* What stands beside the file at the path is older; beside one that was renamed it may be newer. */
  struct stat at_path, opened;
  if (stat (file->path, &at_path) == 0 && fstat (file->fd, &opened) == 0 && at_path.st_ino == opened.st_ino)
    tide_file_series_add_all (file->series);
  int64_t offset = position->offset - file->base;
  if (same && offset >= 0 && offset <= tide_file_size (file->fd))
    return start_at (file, offset, error);
  if (same || file->follow)
    tide_source_run_gap (file->run, 0, position->offset, position->offset,
                         same ? "the file was truncated; what was not read is gone"
                              : "another file stands at the path, and the former one is gone");
  file->base = position->offset;
  return start_at (file, 0, error);
}

static bool
open_file (TideFile *file, GError **error)
{
  g_autoptr (GArray) positions = tide_source_run_get_positions (file->run, error);
  if (positions == NULL)
    return false;
  if (positions->len > 0)
    return go_on (file, &g_array_index (positions, TidePosition, 0), error);
  file->base = 0;
  tide_file_series_add_all (file->series);
  return open_path (file, error) && start_at (file, 0, error);
}

/* --- following --- */

static bool
restart_truncated (TideFile *file, GError **error)
{
  int64_t position = tide_file_next_position (file);
  tide_source_run_gap (file->run, 0, position, position, "the file was truncated; what was not read is gone");
  file->base = position;
  tide_file_identity_read (file->fd, &file->identity);
  return start_at (file, 0, error);
}

static void
tell_gap (TideFile *file, const char *reason)
{
  tide_source_run_gap (file->run, 0, file->base, file->base, reason);
}

/* Remembers the first file that took its place, as far as it is written. */
static void
notice_awaited (TideFile *file)
{
  TideFileIdentity identity;
  int fd = file->awaited.n == TIDE_FILE_IDENTITY_BYTES ? -1 : open (file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd >= 0 && tide_file_identity_read (fd, &identity)
      && (file->awaited.inode == 0 || tide_file_identity_matches (&file->awaited, fd)))
    file->awaited = identity;
  if (fd >= 0)
    close (fd);
}

/* Leaves a rotated file for the next of its series, in the end the one that stands at the path now. */
static bool
change_file (TideFile *file, GError **error)
{
  g_autofree char *unreadable = NULL;
  if (!tide_file_use_rest (file, error))
    return false;
  file->base = tide_file_next_position (file);
  if (file->awaited.inode != 0 && !tide_file_series_has (file->series, &file->awaited))
    tell_gap (file, "a file that stood at the path is gone before it was read");
  int next = tide_file_series_open_next (file->series, file->fd, &unreadable);
  if (unreadable != NULL)
    {
      g_autofree char *reason = g_strdup_printf ("%s was compressed before it was read", unreadable);
      tell_gap (file, reason);
    }
  close_file (file);
  file->fd = next;
  if (next >= 0 ? !tide_file_identity_read (next, &file->identity) : !open_path (file, error))
    {
      if (next >= 0)
        g_set_error (error, TIDE_ERROR, TIDE_ERROR_FAILED, "a file that %s was rotated to can't be read", file->path);
      return false;
    }
  return start_at (file, 0, error);
}

/* At the end of what there is: has the file been truncated or rotated? */
static bool
look (TideFile *file, GError **error)
{
  struct stat at_path;
  if (tide_file_size (file->fd) < file->read_offset || !tide_file_identity_matches (&file->identity, file->fd))
    return restart_truncated (file, error);
  if (file->identity.n < TIDE_FILE_IDENTITY_BYTES && tide_file_size (file->fd) > file->identity.n)
    {
      tide_file_identity_read (file->fd, &file->identity);
      tell_position (file);
    }
  int64_t now_us = g_get_monotonic_time ();
  if (stat (file->path, &at_path) != 0 || at_path.st_ino == (ino_t) file->identity.inode)
    {
      file->rotated_since_us = 0;
      return true;
    }
  notice_awaited (file);
  if (file->rotated_since_us == 0)
    file->rotated_since_us = now_us;
  else if (now_us - MAX (file->rotated_since_us, file->last_data_us) >= ROTATED_QUIET_US)
    return change_file (file, error);
  return true;
}

static bool
follow_at_end (TideFile *file, GError **error)
{
  int64_t now_us = g_get_monotonic_time ();
  bool idle = now_us - file->last_data_us > IDLE_AFTER_US;
  tide_source_run_set_lag (file->run, 0, 0);
  tide_source_run_set_state (file->run, idle ? TIDE_SOURCE_CONNECTED : TIDE_SOURCE_STREAMING, NULL);
  if (!tide_source_run_tick (file->run, true, error))
    return false;
  tide_source_run_wait (file->run, now_us + LOOK_EVERY_US);
  return tide_source_run_is_stopped (file->run) || look (file, error);
}

/* TRUE: read to its end for good, or stopped. */
static bool
read_all (TideFile *file, GError **error)
{
  while (!tide_source_run_is_stopped (file->run))
    {
      gssize n = fill (file, error);
      if (n < 0)
        return false;
      if (n > 0)
        {
          int64_t left = tide_file_size (file->fd) - file->read_offset;
          tide_source_run_set_lag (file->run, -1, -1);
          tide_source_run_set_state (file->run, left > BUFFER_FIRST ? TIDE_SOURCE_CATCHING_UP : TIDE_SOURCE_STREAMING,
                                     NULL);
          if (!tide_file_use_buffer (file, error) || !tide_source_run_tick (file->run, false, error))
            return false;
        }
      else if (file->follow)
        {
          if (!follow_at_end (file, error))
            return false;
        }
      else
        {
          bool used = tide_file_use_rest (file, error);
          tide_source_run_set_lag (file->run, 0, 0);
          return used;
        }
    }
  return true;
}

/* A file that is not there yet is waited for, when it is to be followed. */
static bool
open_or_wait (TideFile *file, GError **error)
{
  while (!tide_source_run_is_stopped (file->run))
    {
      g_autoptr (GError) local_error = NULL;
      if (open_file (file, &local_error))
        return true;
      if (!file->follow || !g_error_matches (local_error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return false;
        }
      tide_source_run_set_state (file->run, TIDE_SOURCE_RETRYING, local_error->message);
      if (!tide_source_run_tick (file->run, true, error))
        return false;
      tide_source_run_wait (file->run, g_get_monotonic_time () + LOOK_EVERY_US);
    }
  return false;
}

bool
tide_file_run (TideSourceRun *run, GError **error)
{
  const char *follow = tide_source_run_get_key (run, "follow");
  TideFile file = {
    .run = run,
    .fd = -1,
    .follow = follow == NULL || g_str_equal (follow, "true"),
    .csv = tide_source_run_get_format (run) == TIDE_FORMAT_CSV,
    .received = tide_clock_now (tide_source_run_get_clock (run)),
    .last_data_us = g_get_monotonic_time (),
  };
  file.path = tide_file_resolve (tide_source_run_get_dir (run), tide_source_run_get_key (run, "path"), error);
  if (file.path == NULL)
    return false;
  file.series = tide_file_series_new (file.path);
  tide_source_run_set_partitions (run, 1);
  bool ok = open_or_wait (&file, error) && read_all (&file, error);
  close_file (&file);
  g_clear_pointer (&file.overlong, g_byte_array_unref);
  tide_file_series_free (file.series);
  g_free (file.buffer);
  g_free (file.path);
  return ok;
}
