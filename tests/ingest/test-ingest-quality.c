/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules over columns, with their severity, repairs before them, masking, and what is counted. */
#include "ingest-decoder.h"
#include "store.h"

#include <string.h>

#define NOW ((TideTime) 1793500000 * TIDE_SECOND)

typedef struct
{
  TideStream *stream;
  TideDecoder *decoder;
  TideBatchBuilder *builder;
  GString *broken; /* "offset rules\n" of each */
  char *reason, *payload, *key, *headers;
  int64_t offset;
} Fixture;

static void
on_broken (const TideBroken *broken, void *data)
{
  Fixture *fixture = data;
  g_string_append_printf (fixture->broken, "%d %s\n", (int) broken->meta->offset, broken->rules);
  g_free (fixture->reason);
  g_free (fixture->payload);
  fixture->reason = g_strdup (broken->reason);
  fixture->payload = g_strndup (broken->data, broken->len);
  g_free (fixture->key);
  g_free (fixture->headers);
  fixture->key = g_strndup (broken->meta->key, broken->meta->key_len);
  fixture->headers = g_strndup (broken->meta->headers, broken->meta->headers_len);
}

/* A stream as the workspace file has it. */
static void
fixture_init (Fixture *fixture, const char *fields)
{
  static const TideCatalog catalog;
  g_autofree char *text = g_strconcat ("[workspace]\nversion=1\nname=x\n[stream s]\nkey=k\n"
                                       "[field s.k]\ntype=text\n[field s.at]\ntype=time\n", fields, NULL);
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  g_autoptr (TideWorkspace) workspace = tide_workspace_parse (NULL, text, &catalog, problems);
  for (guint i = 0; i < problems->len; i++)
    g_test_message ("%s", ((TideProblem *) g_ptr_array_index (problems, i))->message);
  g_assert_cmpuint (problems->len, ==, 0);
  *fixture = (Fixture){ .stream = (TideStream *) tide_stream_ref (tide_workspace_get_stream (workspace, "s")) };
  fixture->stream->time_field = tide_stream_find_field (fixture->stream, "at");
  fixture->decoder = tide_decoder_new (fixture->stream, "source", NULL, on_broken, fixture);
  fixture->builder = tide_batch_builder_new (fixture->stream);
  fixture->broken = g_string_new (NULL);
}

static void
fixture_clear (Fixture *fixture)
{
  tide_batch_builder_free (fixture->builder);
  tide_decoder_free (fixture->decoder);
  tide_stream_unref (fixture->stream);
  g_string_free (fixture->broken, TRUE);
  g_free (fixture->reason);
  g_free (fixture->payload);
  g_free (fixture->key);
  g_free (fixture->headers);
}

/* @at: seconds after NOW less an hour. */
static void
add (Fixture *fixture, int at, const char *members)
{
  TideEventMeta meta = { .offset = fixture->offset++, .time = TIDE_TIME_NONE, .received = NOW, .key = "0816", .key_len = 4,
                         .headers = "{\"card\":\"0816\"}", .headers_len = 15 };
  g_autofree char *json = g_strdup_printf ("{\"at\":%d,\"k\":\"key\"%s%s}", (int) (NOW / TIDE_SECOND) - 3600 + at,
                                           *members != '\0' ? "," : "", members);
  tide_decoder_decode (fixture->decoder, fixture->builder, json, strlen (json), &meta);
}

static TideBatch *
finish (Fixture *fixture)
{
  uint32_t filtered = 0;
  return tide_decoder_finish (fixture->decoder, fixture->builder, &filtered, NULL);
}

/* "field.rule events failed warned repaired\n" of each count. */
static char *
take_counts (Fixture *fixture)
{
  g_autoptr (GPtrArray) hours = tide_decoder_take_quality (fixture->decoder);
  GString *text = g_string_new (NULL);
  for (guint i = 0; hours != NULL && i < hours->len; i++)
    {
      const TideQualityHour *hour = g_ptr_array_index (hours, i);
      g_assert_cmpint (hour->hour, ==, NOW - NOW % TIDE_HOUR);
      g_string_append_printf (text, "%s.%s %d %d %d %d\n", hour->field, hour->rule, (int) hour->events,
                              (int) hour->failed, (int) hour->warned, (int) hour->repaired);
    }
  return g_string_free (text, FALSE);
}

static void
test_severity (void)
{
  Fixture fixture;
  fixture_init (&fixture, "[field s.n]\ntype=int\nmin=0\nmax=100\nseverity.max=warn\nseverity.type=warn\n"
                          "[field s.t]\ntype=text\nrequired=true\nvalues=a,b\n");
  add (&fixture, 0, "\"n\":1,\"t\":\"a\"");
  add (&fixture, 0, "\"n\":-1,\"t\":\"c\"");
  add (&fixture, 0, "\"n\":101,\"t\":\"b\"");
  add (&fixture, 0, "\"n\":\"x\",\"t\":\"b\"");
  add (&fixture, 0, "\"n\":101");
  add (&fixture, 0, "\"n\":-5,\"t\":7");
  add (&fixture, 0, "\"n\":");
  g_autoptr (TideBatch) batch = finish (&fixture);
  g_assert_cmpuint (batch->n, ==, 3);
  const TideColumn *n = &batch->columns[TIDE_COLUMN_FIELD0 + 2], *t = &batch->columns[TIDE_COLUMN_FIELD0 + 3];
  g_assert_cmpint (n->ints[1], ==, 101);
  g_assert_false (tide_column_is_valid (n, 2));
  g_assert_cmpuint (t->n_dict, ==, 2);
  g_assert_cmpint (batch->columns[TIDE_COLUMN_OFFSET].ints[2], ==, 3);
  g_assert_cmpstr (fixture.broken->str, ==, "5 n.min;t.type\n6 .format\n1 n.min;t.values\n4 t.required\n");
  g_autofree char *counts = take_counts (&fixture);
  g_assert_cmpstr (counts, ==, ". 7 4 2 0\n.format 0 1 0 0\nn.type 0 0 1 0\nn.min 0 2 0 0\nn.max 0 0 1 0\n"
                               "t.type 0 1 0 0\nt.required 0 1 0 0\nt.values 0 1 0 0\n");
  g_assert_null (tide_decoder_take_quality (fixture.decoder));
  fixture_clear (&fixture);
}

/* Also the very first. */
static void
test_unframed (void)
{
  Fixture fixture;
  TideEventMeta meta = { .offset = 3, .time = TIDE_TIME_NONE, .received = NOW };
  fixture_init (&fixture, "");
  tide_decoder_reject (fixture.decoder, "x", 1, &meta, "a line without an end");
  g_assert_cmpstr (fixture.broken->str, ==, "3 .format\n");
  g_assert_cmpstr (fixture.reason, ==, "a line without an end");
  g_autofree char *counts = take_counts (&fixture);
  g_assert_cmpstr (counts, ==, ". 1 1 0 0\n.format 0 1 0 0\n");
  fixture_clear (&fixture);
}

static void
test_repairs (void)
{
  Fixture fixture;
  fixture_init (&fixture, "[field s.city]\ntype=text\ntrim=true\ncase=upper\nmap=KOELN: COLOGNE\nvalues=COLOGNE,BONN\n"
                          "[field s.n]\ntype=int\ncast=true\nmin=0\nmax=10\nclamp=true\ndefault=5\n");
  add (&fixture, 0, "\"city\":\" koeln \",\"n\":\"7\"");
  add (&fixture, 0, "\"city\":\"Bonn\",\"n\":99");
  add (&fixture, 0, "\"city\":\"BONN\"");
  add (&fixture, 0, "\"city\":\"BONN\",\"n\":12.0");
  add (&fixture, 0, "\"city\":\"BONN\",\"n\":\"many\"");
  add (&fixture, 0, "\"city\":\"ULM\",\"n\":1");
  g_autoptr (TideBatch) batch = finish (&fixture);
  const TideColumn *city = &batch->columns[TIDE_COLUMN_FIELD0 + 2], *n = &batch->columns[TIDE_COLUMN_FIELD0 + 3];
  g_assert_cmpuint (batch->n, ==, 4);
  g_assert_true (tide_text_equal (city->dict[city->codes[0]], tide_text ("COLOGNE")));
  static const int numbers[] = { 7, 10, 5, 10 };
  for (guint i = 0; i < 4; i++)
    g_assert_cmpint (n->ints[i], ==, numbers[i]);
  g_assert_cmpstr (fixture.broken->str, ==, "4 n.type\n5 city.values\n");
  g_autofree char *counts = take_counts (&fixture);
  g_assert_cmpstr (counts, ==, ". 6 2 0 4\ncity.values 0 1 0 0\ncity.trim 0 0 0 1\ncity.case 0 0 0 2\n"
                               "city.map 0 0 0 1\nn.type 0 1 0 0\nn.cast 0 0 0 2\nn.default 0 0 0 1\nn.clamp 0 0 0 2\n");
  fixture_clear (&fixture);
}

/* Only what is stored is remembered, and what was stored before is asked for. */
static void
test_order (void)
{
  Fixture fixture;
  fixture_init (&fixture, "[field s.id]\ntype=int\nunique=10min\n[field s.n]\ntype=real\nmonotonic=key\nmax=50\n");
  add (&fixture, 0, "\"id\":1,\"n\":1.5");
  add (&fixture, 1, "\"id\":2,\"n\":99");
  add (&fixture, 2, "\"id\":2,\"n\":2");
  add (&fixture, 3, "\"id\":1,\"n\":3");
  add (&fixture, 601, "\"id\":1,\"n\":2.5");
  add (&fixture, 602, "\"id\":3,\"n\":-7");
  g_autoptr (TideBatch) batch = finish (&fixture);
  g_assert_cmpuint (batch->n, ==, 3);
  g_assert_cmpstr (fixture.broken->str, ==, "1 n.max\n3 id.unique\n5 n.monotonic\n");
  g_assert_cmpint (tide_decoder_get_memory (fixture.decoder), ==, 10 * TIDE_MINUTE);
  add (&fixture, 603, "\"id\":1");
  g_assert_null (finish (&fixture));
  tide_decoder_forget (fixture.decoder);
  add (&fixture, 604, "\"id\":1");
  g_autoptr (TideBatch) again = finish (&fixture);
  g_assert_nonnull (again);
  tide_decoder_forget (fixture.decoder);
  tide_decoder_remember (fixture.decoder, batch);
  add (&fixture, 605, "\"id\":1");
  g_assert_null (finish (&fixture));
  /* What was dropped never came. */
  add (&fixture, 606, "\"id\":9");
  tide_decoder_drop (fixture.decoder, fixture.builder);
  g_assert_null (tide_decoder_take_quality (fixture.decoder));
  add (&fixture, 606, "\"id\":9");
  g_autoptr (TideBatch) last = finish (&fixture);
  g_assert_nonnull (last);
  fixture_clear (&fixture);
}

/* A pattern that takes for ever gives up, and says so. */
static void
test_hostile_pattern (void)
{
  Fixture fixture;
  fixture_init (&fixture, "[field s.t]\ntype=text\npattern=^(a+)+$\n");
  g_autofree char *many = g_strnfill (200, 'a');
  g_autofree char *good = g_strdup_printf ("\"t\":\"%s\"", many), *bad = g_strdup_printf ("\"t\":\"%s!\"", many);
  add (&fixture, 0, good);
  add (&fixture, 0, bad);
  g_autoptr (TideBatch) batch = finish (&fixture);
  g_assert_cmpuint (batch->n, ==, 1);
  g_assert_cmpstr (fixture.broken->str, ==, "1 t.pattern\n");
  g_assert_nonnull (strstr (fixture.reason, "takes too many steps"));
  fixture_clear (&fixture);
}

/* What one value tells and what the columns tell is the same, for any rules and values. */
static void
test_columns_equal_values (void)
{
  GRand *rand = g_rand_new ();
  Fixture fixture;
  fixture_init (&fixture, "[field s.n]\ntype=decimal(2)\nrequired=true\nmin=-1.255\nmax=3.1\nvalues=1,2,3,-1.25\n"
                          "[field s.r]\ntype=real\nmin=-0.5\nmax=0.5\n"
                          "[field s.t]\ntype=text\nmin-length=1\nmax-length=2\npattern=^[ab]*$\n"
                          "[field s.bad]\ntype=int\n");
  for (int i = 0; i < 3000; i++)
    {
      char members[160];
      int n = g_rand_int_range (rand, -200, 400), r = g_rand_int_range (rand, -100, 100), len = g_rand_int_range (rand, 0, 4);
      g_snprintf (members, sizeof members, "\"%s\":%d.%02d,\"r\":%d.%d,\"t\":\"%.*s\"", i % 7 == 0 ? "x" : "n", n / 100,
                  ABS (n) % 100, r / 100, ABS (r) % 100, len, "abc" + i % 2);
      g_string_truncate (fixture.broken, 0);
      add (&fixture, 0, members);
      g_autoptr (TideBatch) batch = finish (&fixture);
      const char *found = strchr (fixture.broken->str, ' ');
      g_autofree char *columns = g_strdup (found != NULL ? found + 1 : "");
      g_autofree char *broken = g_strconcat (members, ",\"bad\":\"x\"", NULL);
      g_string_truncate (fixture.broken, 0);
      add (&fixture, 0, broken);
      found = strchr (fixture.broken->str, ' ') + 1;
      g_autofree char *expected = g_strconcat (g_strchomp (columns), *columns != '\0' ? ";" : "", "bad.type\n", NULL);
      g_assert_cmpstr (found, ==, expected);
    }
  g_rand_free (rand);
  fixture_clear (&fixture);
}

static void
test_mask (void)
{
  Fixture fixture;
  fixture_init (&fixture, "[field s.card]\npath=pay.card\ntype=text\nmask=true\npattern=^[0-9]+$\nunique=1d\n"
                          "[field s.n]\npath=pay.n\ntype=int\nmax=5\n");
  tide_decoder_set_mask_key (fixture.decoder, "secret");
  add (&fixture, 0, "\"pay\":{\"card\":\"4711\",\"n\":1}");
  add (&fixture, 0, "\"pay\":{\"card\":\"4711\",\"n\":1}");
  add (&fixture, 0, "\"pay\":{\"card\":\"0815x\",\"n\":1,\"other\":\"0815x\"}");
  add (&fixture, 0, "\"pay\":{\"card\":\"0816\",\"n\":9,\"other\":\"0816\"}");
  g_assert_null (strstr (fixture.payload, "0815"));
  g_assert_null (strstr (fixture.reason, "0815"));
  g_autoptr (TideBatch) batch = finish (&fixture);
  g_assert_cmpuint (batch->n, ==, 1);
  g_assert_cmpstr (fixture.broken->str, ==, "2 card.pattern\n1 card.unique\n3 n.max\n");
  const TideColumn *card = &batch->columns[TIDE_COLUMN_FIELD0 + 2];
  TideText text = card->dict[card->codes[0]];
  g_assert_cmpuint (text.len, ==, 34);
  g_assert_true (g_str_has_prefix (text.data, "h:"));
  g_assert_null (strstr (fixture.payload, "0816"));
  g_assert_nonnull (strstr (fixture.payload, "\"n\":9"));
  g_assert_cmpstr (fixture.headers, ==, NULL);
  g_assert_true (strlen (fixture.key) == 34 && g_str_has_prefix (fixture.key, "h:"));
  g_assert_nonnull (strstr (fixture.payload, fixture.key)); /* masked as the value is: equal ones stay equal */
  add (&fixture, 0, "\"pay\":{\"card\":\"4711\",");
  g_assert_cmpstr (fixture.payload, ==, "");
  g_assert_true (g_str_has_prefix (fixture.key, "h:"));

  /* What is masked comes back as it is. */
  tide_decoder_set_replay (fixture.decoder);
  g_autofree char *masked = g_strdup_printf ("\"pay\":{\"card\":\"%.34s\",\"n\":2}", text.data);
  tide_decoder_forget (fixture.decoder);
  add (&fixture, 0, masked);
  g_autoptr (TideBatch) again = finish (&fixture);
  card = &again->columns[TIDE_COLUMN_FIELD0 + 2];
  g_assert_true (tide_text_equal (card->dict[card->codes[0]], text));
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ingest/quality/severity", test_severity);
  g_test_add_func ("/ingest/quality/unframed", test_unframed);
  g_test_add_func ("/ingest/quality/repairs", test_repairs);
  g_test_add_func ("/ingest/quality/order", test_order);
  g_test_add_func ("/ingest/quality/hostile-pattern", test_hostile_pattern);
  g_test_add_func ("/ingest/quality/columns-equal-values", test_columns_equal_values);
  g_test_add_func ("/ingest/quality/mask", test_mask);
  return g_test_run ();
}
