/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the catalog knows of the file source, and its Test connection: is the file there, can it be read, what stands
 * in it. Samples are the first records; of CSV the first of all is the header. */
#include "ingest-file-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SAMPLE_BYTES (1024 * 1024)

static const TideKeySpec keys[] = {
  { .name = "path", .type = TIDE_KEY_PATH, .required = true, .title = "File",
    .help = "a file inside the workspace, or an absolute path" },
  { .name = "follow", .type = TIDE_KEY_BOOL, .fallback = "true", .title = "Follow",
    .help = "read on as it grows and rotates; off: once, to its end" },
};

static void
add_step (const TideProbe *probe, TideStepState state, char *title, char *detail)
{
  TideProbeStep *step = g_new0 (TideProbeStep, 1);
  step->state = state;
  step->title = title;
  step->detail = detail;
  step->took = -1;
  probe->step (step, probe->data);
}

static bool
looks_like_csv (const TideProbe *probe, const char *path, const char *data, gsize len)
{
  if (probe->stream != NULL)
    return probe->stream->format == TIDE_FORMAT_CSV;
  if (g_str_has_suffix (path, ".csv") || g_str_has_suffix (path, ".tsv"))
    return true;
  while (len > 0 && g_ascii_isspace (*data))
    data++, len--;
  return len > 0 && *data != '{' && *data != '[';
}

/* Hands over records; returns how many. */
static guint
hand_samples (const TideProbe *probe, bool csv, const char *data, gsize len)
{
  guint n = 0;
  char delimiter = tide_csv_reader_find_delimiter (data, len);
  for (gsize at = 0; at < len && n < probe->max_samples + csv;)
    {
      TideCsvFrame frame = { 0 };
      const char *line_end = memchr (data + at, '\n', len - at);
      gsize record = csv ? tide_csv_reader_frame (&frame, delimiter, data + at, len - at)
                         : line_end == NULL ? 0 : (gsize) (line_end - data - at) + 1;
      if (record == 0)
        {
          if (len == SAMPLE_BYTES && n > 0)
            break; /* cut off by us */
          record = len - at;
        }
      gsize text = record;
      while (text > 0 && g_ascii_isspace (data[at + text - 1]))
        text--;
      if (text > 0)
        {
          g_autoptr (GBytes) payload = g_bytes_new (data + at, text);
          TideEventMeta meta = { .offset = (int64_t) at, .time = TIDE_TIME_NONE,
                                 .received = tide_clock_now (&tide_clock_system) };
          probe->sample (payload, &meta, probe->data);
          n++;
        }
      at += record;
    }
  return n;
}

static void
file_probe (const TideProbe *probe)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = tide_file_resolve (probe->dir, g_hash_table_lookup (probe->def->keys, "path"), &error);
  if (path == NULL)
    {
      add_step (probe, TIDE_STEP_FAILED, g_strdup ("The path can't be used"), g_strdup (error->message));
      return;
    }
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  int code = errno;
  TideFileIdentity identity;
  if (fd < 0 || !tide_file_identity_read (fd, &identity))
    {
      add_step (probe, TIDE_STEP_FAILED, g_strdup (fd < 0 ? "The file can't be opened" : "It is no regular file"),
                g_strdup_printf ("%s: %s", path, fd < 0 ? g_strerror (code) : "name a file of events"));
      if (fd >= 0)
        close (fd);
      return;
    }
  g_autofree char *size = g_format_size ((guint64) tide_file_size (fd));
  add_step (probe, TIDE_STEP_OK, g_strdup ("The file can be read"), g_strdup_printf ("%s, %s", path, size));
  g_autofree char *data = g_malloc (SAMPLE_BYTES);
  gssize len = pread (fd, data, SAMPLE_BYTES, 0);
  close (fd);
  if (len <= 0)
    {
      add_step (probe, TIDE_STEP_WARNING, g_strdup ("There are no events yet"), g_strdup ("The file is empty"));
      return;
    }
  bool csv = looks_like_csv (probe, path, data, (gsize) len);
  hand_samples (probe, csv, data, (gsize) len);
}

const TideSourceClass tide_source_file = {
  .spec = {
    .kind = "file",
    .title = "File",
    .keys = keys,
    .n_keys = G_N_ELEMENTS (keys),
    .exactly_once = true,
  },
  .run = tide_file_run,
  .probe = file_probe,
};
