/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files: every line exactly once and in order, whatever happens to the file and to the source. */
#include "fake-host.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  char *dir, *path;
  FakeHost *fake;
  TideStream *stream;
  TideSourceDef *def;
  TideSource *source;
} Fixture;

static void
fixture_init (Fixture *fixture, TideFormat format, bool follow)
{
  GPtrArray *fields = g_ptr_array_new ();
  g_ptr_array_add (fields, tide_field_new ("n", "n", TIDE_TYPE_INT, 0));
  g_ptr_array_add (fields, tide_field_new ("text", "text", TIDE_TYPE_TEXT, 0));
  fixture->dir = g_dir_make_tmp ("tide-file-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->dir, "events.log", NULL);
  fixture->fake = fake_host_new (fake_seed ());
  fixture->stream = tide_stream_new ("stream", fields, NULL, NULL);
  fixture->stream->format = format;
  fixture->stream->keep_payload = true;
  fixture->def = fake_def_new ("file", "path", "events.log", "follow", follow ? "true" : "false", NULL);
  fixture->source = NULL;
}

static void
fixture_start (Fixture *fixture)
{
  fixture->source = tide_source_start (fixture->dir, fixture->def, fixture->stream, &fixture->fake->host, NULL);
}

static void
fixture_stop (Fixture *fixture)
{
  g_clear_pointer (&fixture->source, tide_source_free);
}

static void
fixture_clear (Fixture *fixture)
{
  fixture_stop (fixture);
  g_autoptr (GDir) dir = g_dir_open (fixture->dir, 0, NULL);
  const char *name;
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->dir, name, NULL);
      g_unlink (path);
    }
  g_rmdir (fixture->dir);
  fake_host_free (fixture->fake);
  fake_def_free (fixture->def);
  tide_stream_unref (fixture->stream);
  g_free (fixture->path);
  g_free (fixture->dir);
}

static void
append (const char *path, const char *text, gsize len)
{
  FILE *file = fopen (path, "ab");
  g_assert_nonnull (file);
  g_assert_cmpuint (fwrite (text, 1, len, file), ==, len);
  fclose (file);
}

static void
wait_state (Fixture *fixture, TideSourceState wanted)
{
  for (int i = 0; i < 1000; i++)
    {
      TideSourceStatus status;
      tide_source_get_status (fixture->source, &status);
      TideSourceState state = status.state;
      tide_source_status_clear (&status);
      if (state == wanted)
        return;
      g_usleep (10000);
    }
  g_error ("the source did not become %s", tide_source_state_to_string (wanted));
}

static char *
make_line (GRand *rand, guint n)
{
  g_autofree char *fill = g_strnfill ((gsize) g_rand_int_range (rand, 0, g_rand_int_range (rand, 1, 400)), 'x');
  return g_strdup_printf ("{\"n\":%u,\"text\":\"%s\"}", n, fill);
}

/* The stored events are lines 0…n-1, in order. */
static void
check_lines (Fixture *fixture, GPtrArray *lines)
{
  FakeHost *fake = fixture->fake;
  int64_t before = -1;
  g_assert_cmpuint (fake->events->len, ==, lines->len);
  for (guint i = 0; i < lines->len; i++)
    {
      const FakeEvent *event = g_ptr_array_index (fake->events, i);
      g_assert_null (event->reason);
      g_assert_cmpstr (event->payload, ==, g_ptr_array_index (lines, i));
      g_assert_cmpint (event->offset, >, before);
      before = event->offset;
    }
}

/* The file grows in pieces that end anywhere, and is renamed; the source is stopped, killed and refused. */
static void
test_follow (void)
{
  Fixture fixture;
  fixture_init (&fixture, TIDE_FORMAT_JSON, true);
  GRand *rand = g_rand_new_with_seed (g_rand_int (fixture.fake->rand));
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  guint rotations = 0;
  fixture.fake->refuse = 0.02;
  for (int round = 0; round < 12; round++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      guint n = (guint) g_rand_int_range (rand, 1, 800);
      for (guint i = 0; i < n; i++)
        {
          g_ptr_array_add (lines, make_line (rand, lines->len));
          g_string_append_printf (text, "%s%s", (char *) g_ptr_array_index (lines, lines->len - 1),
                                  g_rand_int_range (rand, 0, 10) == 0 ? "\r\n" : "\n");
        }
      if (fixture.source == NULL)
        fixture_start (&fixture);
      for (gsize at = 0; at < text->len;)
        {
          gsize piece = (gsize) g_rand_int_range (rand, 1, 60000);
          piece = MIN (piece, text->len - at);
          append (fixture.path, text->str + at, piece);
          at += piece;
        }
      if (g_rand_boolean (rand))
        {
          fixture.fake->closed = g_rand_boolean (rand);
          fixture_stop (&fixture);
          fixture.fake->closed = false;
        }
      /* One rotation while it is down, at most: the file between two would not be found. Nor is one that it has
       * never seen. */
      bool caught_up = fake_host_count (fixture.fake) == lines->len;
      if ((fixture.source == NULL && rotations == 0 && fixture.fake->positions->len > 0) || caught_up)
        {
          g_autofree char *old = g_strdup_printf ("%s.%u", fixture.path, ++rotations);
          if (caught_up || g_rand_boolean (rand))
            g_assert_cmpint (g_rename (fixture.path, old), ==, 0);
        }
      if (fixture.source == NULL)
        fixture_start (&fixture);
      g_assert_true (fake_host_wait (fixture.fake, lines->len));
    }
  g_assert_cmpuint (fixture.fake->gaps, ==, 0);
  check_lines (&fixture, lines);
  fixture_clear (&fixture);
  g_rand_free (rand);
}

static void
test_rotate_while_running (void)
{
  Fixture fixture;
  fixture_init (&fixture, TIDE_FORMAT_JSON, true);
  g_autofree char *old = g_strconcat (fixture.path, ".1", NULL);
  append (fixture.path, "{\"n\":0}\n{\"n\":1}\n", 16);
  fixture_start (&fixture);
  g_assert_true (fake_host_wait (fixture.fake, 2));
  g_assert_cmpint (g_rename (fixture.path, old), ==, 0);
  /* Whoever writes may still have the old one open, and its last line need not end. */
  append (fixture.path, "{\"n\":4}\n", 8);
  append (old, "{\"n\":2}\n{\"n\":3}", 15);
  g_assert_true (fake_host_wait (fixture.fake, 5));
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  for (int i = 0; i < 5; i++)
    g_ptr_array_add (lines, g_strdup_printf ("{\"n\":%d}", i));
  fixture_stop (&fixture);
  check_lines (&fixture, lines);
  fixture_clear (&fixture);
}

static void
append_line (const char *path, GPtrArray *lines)
{
  g_autofree char *line = g_strdup_printf ("{\"n\":%u}", lines->len), *text = g_strconcat (line, "\n", NULL);
  append (path, text, strlen (text));
  g_ptr_array_add (lines, g_steal_pointer (&line));
}

/* As logrotate does: .1 becomes .2, the file .1, and a new one is made. */
static void
rotate (Fixture *fixture, guint *n)
{
  for (guint i = (*n)++; i > 0; i--)
    {
      g_autofree char *from = g_strdup_printf ("%s.%u", fixture->path, i);
      g_autofree char *to = g_strdup_printf ("%s.%u", fixture->path, i + 1);
      g_assert_cmpint (g_rename (from, to), ==, 0);
    }
  g_autofree char *first = g_strconcat (fixture->path, ".1", NULL);
  g_assert_cmpint (g_rename (fixture->path, first), ==, 0);
}

/* Several rotations between two looks, and while it is down: the files between are read, in order, those before not. */
static void
test_rotate_often (void)
{
  Fixture fixture;
  fixture_init (&fixture, TIDE_FORMAT_JSON, true);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *old = g_strconcat (fixture.path, ".1", NULL), *copy = g_strconcat (fixture.path, ".bak", NULL);
  guint n = 1;
  append (old, "{\"n\":\"long before\"}\n", 20);
  append_line (fixture.path, lines);
  fixture_start (&fixture);
  g_assert_true (fake_host_wait (fixture.fake, 1));
  for (guint round = 0; round < 3; round++)
    {
      if (round == 1)
        fixture_stop (&fixture);
      for (guint i = 0; i < 3; i++)
        {
          rotate (&fixture, &n);
          append_line (fixture.path, lines);
          append_line (fixture.path, lines);
        }
      if (round == 1)
        fixture_start (&fixture);
      g_assert_true (fake_host_wait (fixture.fake, lines->len));
    }
  /* A copy of it is no file of the series. */
  g_autofree char *text = NULL;
  gsize len;
  g_assert_true (g_file_get_contents (fixture.path, &text, &len, NULL));
  append (copy, text, len);
  rotate (&fixture, &n);
  append_line (fixture.path, lines);
  g_assert_true (fake_host_wait (fixture.fake, lines->len));
  fixture_stop (&fixture);
  check_lines (&fixture, lines);
  g_assert_cmpuint (fixture.fake->gaps, ==, 0);
  fixture_clear (&fixture);
}

/* What can't be read any more is a gap. */
static void
test_rotate_lost (void)
{
  Fixture fixture;
  fixture_init (&fixture, TIDE_FORMAT_JSON, true);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *first = g_strconcat (fixture.path, ".1", NULL), *zipped = g_strconcat (fixture.path, ".0.gz", NULL);
  guint n = 0;
  append_line (fixture.path, lines);
  fixture_start (&fixture);
  g_assert_true (fake_host_wait (fixture.fake, 1));
  rotate (&fixture, &n);
  append (fixture.path, "{\"n\":\"lost\"}\n", 13);
  /* It has looked between the two: each arrives before the next is written. */
  for (guint i = 0; i < 2; i++)
    {
      append_line (first, lines);
      g_assert_true (fake_host_wait (fixture.fake, lines->len));
    }
  g_assert_cmpint (g_unlink (fixture.path), ==, 0);
  append_line (fixture.path, lines);
  g_assert_true (fake_host_wait (fixture.fake, lines->len));
  g_assert_cmpuint (fixture.fake->gaps, ==, 1);
  g_assert_nonnull (strstr (fixture.fake->gap_reasons->str, "gone before it was read"));
  append (zipped, "\x1f\x8b", 2);
  rotate (&fixture, &n);
  append_line (fixture.path, lines);
  g_assert_true (fake_host_wait (fixture.fake, lines->len));
  g_assert_cmpuint (fixture.fake->gaps, ==, 2);
  g_assert_nonnull (strstr (fixture.fake->gap_reasons->str, "compressed"));
  fixture_stop (&fixture);
  check_lines (&fixture, lines);
  fixture_clear (&fixture);
}

static void
test_truncate (void)
{
  Fixture fixture;
  fixture_init (&fixture, TIDE_FORMAT_JSON, true);
  append (fixture.path, "{\"n\":0}\n{\"n\":1}\n{\"n\":", 21);
  fixture_start (&fixture);
  g_assert_true (fake_host_wait (fixture.fake, 2));
  g_assert_cmpint (truncate (fixture.path, 0), ==, 0);
  append (fixture.path, "{\"n\":2}\n", 8);
  g_assert_true (fake_host_wait (fixture.fake, 3));
  g_assert_cmpuint (fixture.fake->gaps, ==, 1);
  /* And while nothing runs. */
  fixture_stop (&fixture);
  g_assert_cmpint (truncate (fixture.path, 0), ==, 0);
  append (fixture.path, "{}\n", 3);
  fixture_start (&fixture);
  g_assert_true (fake_host_wait (fixture.fake, 4));
  g_assert_cmpuint (fixture.fake->gaps, ==, 2);
  fixture_clear (&fixture);
}

/* An incomplete last line waits while the file is followed, and counts at the end when it is not. */
static void
test_once (void)
{
  Fixture fixture;
  fixture_init (&fixture, TIDE_FORMAT_JSON, false);
  append (fixture.path, "{\"n\":0}\n\n  \n{\"n\":1}", 20);
  fixture_start (&fixture);
  wait_state (&fixture, TIDE_SOURCE_DONE);
  g_assert_cmpuint (fake_host_count (fixture.fake), ==, 2);
  fixture_stop (&fixture);
  fixture_start (&fixture);
  wait_state (&fixture, TIDE_SOURCE_DONE);
  g_assert_cmpuint (fake_host_count (fixture.fake), ==, 2);
  fixture_clear (&fixture);
}

static void
test_missing (void)
{
  Fixture fixture;
  fixture_init (&fixture, TIDE_FORMAT_JSON, true);
  fixture_start (&fixture);
  wait_state (&fixture, TIDE_SOURCE_RETRYING);
  append (fixture.path, "{\"n\":0}\n", 8);
  g_assert_true (fake_host_wait (fixture.fake, 1));
  fixture_clear (&fixture);
}

static void
test_overlong (void)
{
  Fixture fixture;
  fixture_init (&fixture, TIDE_FORMAT_JSON, false);
  const gsize len = 20 * 1024 * 1024;
  g_autofree char *fill = g_strnfill (len, 'x');
  append (fixture.path, "{\"n\":0}\n{\"n\":1,\"text\":\"", 23);
  append (fixture.path, fill, len);
  append (fixture.path, "\"}\n{\"n\":2}\n", 11);
  fixture_start (&fixture);
  wait_state (&fixture, TIDE_SOURCE_DONE);
  g_assert_cmpuint (fake_host_count (fixture.fake), ==, 3);
  guint rejected = 0;
  for (guint i = 0; i < 3; i++)
    {
      const FakeEvent *event = g_ptr_array_index (fixture.fake->events, i);
      rejected += event->reason != NULL;
      if (event->reason != NULL)
        {
          g_assert_cmpint (event->offset, ==, 8);
          g_assert_cmpuint (strlen (event->payload), <, 1024 * 1024);
        }
    }
  g_assert_cmpuint (rejected, ==, 1);
  fixture_clear (&fixture);
}

/* Records over several lines; a quote that is never closed costs its own line only; the header is read again. */
static void
test_csv (void)
{
  Fixture fixture;
  fixture_init (&fixture, TIDE_FORMAT_CSV, false);
  static const char text[] = "\xef\xbb\xbfn;text;other\r\n0;\"two\nlines; \"\"quoted\"\"\";x\r\n1;;\r\n2;\"open;y\n3;z;z\n";
  append (fixture.path, text, sizeof text - 1);
  fixture_start (&fixture);
  wait_state (&fixture, TIDE_SOURCE_DONE);
  fixture_stop (&fixture);
  append (fixture.path, "4;last;z", 8);
  fixture_start (&fixture);
  wait_state (&fixture, TIDE_SOURCE_DONE);
  fixture_stop (&fixture);
  FakeHost *fake = fixture.fake;
  guint stored = 0;
  g_assert_cmpuint (fake->events->len, ==, 5);
  for (guint i = 0; i < fake->events->len; i++)
    {
      const FakeEvent *event = g_ptr_array_index (fake->events, i);
      if (event->reason == NULL)
        stored++;
      else
        g_assert_cmpstr (event->payload, ==, "2;\"open;y\n");
    }
  g_assert_cmpuint (stored, ==, 4);
  fixture_clear (&fixture);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ingest/file/follow", test_follow);
  g_test_add_func ("/ingest/file/rotate-while-running", test_rotate_while_running);
  g_test_add_func ("/ingest/file/rotate-often", test_rotate_often);
  g_test_add_func ("/ingest/file/rotate-lost", test_rotate_lost);
  g_test_add_func ("/ingest/file/truncate", test_truncate);
  g_test_add_func ("/ingest/file/once", test_once);
  g_test_add_func ("/ingest/file/missing", test_missing);
  g_test_add_func ("/ingest/file/overlong", test_overlong);
  g_test_add_func ("/ingest/file/csv", test_csv);
  return g_test_run ();
}
