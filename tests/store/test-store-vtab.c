/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Streams through SQL give the answers of a plain table: random schemas, events, blocks and queries, differentially; and
 * the loadable extension in the sqlite3 shell gives those of the library. */
#include "store-fixture.h"

#define MAX_FIELDS 7
#define EVENTS 900
#define QUERIES 140

/* --- random data --- */

typedef struct
{
  GRand *rand;
  const TideStream *stream;
  sqlite3 *plain;  /* the same events as rows */
  sqlite3_stmt *insert;
} World;

static const char *const words[] = { "",     "a",      "A",     "b",    "Berlin", "berlin", "Zürich", "日本", "it's",
                                     "5",    "05",     "1e1",   "NULL", "a b",    "%",      "_",      "a%",   "\xf0\x9f\x9a\x80" };
static const char *const field_names[] = { "city", "a b", "select", "größe", "x", "quote\"d", "amount" };

static int64_t
random_int (GRand *rand)
{
  static const int64_t corners[] = { 0, 1, -1, INT64_MAX, INT64_MIN, INT64_C (1) << 53, (INT64_C (1) << 53) + 1,
                                     -(INT64_C (1) << 53) - 1, INT64_MAX - 1 };
  if (g_rand_int_range (rand, 0, 25) == 0)
    return corners[g_rand_int_range (rand, 0, G_N_ELEMENTS (corners))];
  return g_rand_int_range (rand, -6, 7);
}

static const TideStream *
random_stream (GRand *rand)
{
  static const TideType types[] = { TIDE_TYPE_INT, TIDE_TYPE_DECIMAL, TIDE_TYPE_REAL, TIDE_TYPE_TEXT, TIDE_TYPE_TEXT, TIDE_TYPE_BOOL,
                                    TIDE_TYPE_TIME };
  GPtrArray *fields = g_ptr_array_new ();
  guint n = (guint) g_rand_int_range (rand, 2, MAX_FIELDS + 1);
  const char *time_field = NULL;
  for (guint i = 0; i < n; i++)
    {
      TideType type = types[g_rand_int_range (rand, 0, G_N_ELEMENTS (types))];
      int scale = type == TIDE_TYPE_DECIMAL ? g_rand_int_range (rand, 0, 4) : 0;
      if (type == TIDE_TYPE_TIME)
        time_field = field_names[i];
      g_ptr_array_add (fields, tide_field_new (field_names[i], field_names[i], type, scale));
    }
  return tide_stream_new ("orders", fields, time_field, NULL);
}

/* How SQL sees a column. */
static const char *
sql_type (TideType type, int scale)
{
  return type == TIDE_TYPE_TEXT ? "TEXT" : type == TIDE_TYPE_REAL || (type == TIDE_TYPE_DECIMAL && scale > 0) ? "REAL" : "INTEGER";
}

static void
plain_exec (sqlite3 *db, const char *sql)
{
  char *message = NULL;
  if (sqlite3_exec (db, sql, NULL, NULL, &message) != SQLITE_OK)
    g_error ("%s: %s", sql, message);
}

static void
world_open_plain (World *world)
{
  g_assert_cmpint (sqlite3_open (":memory:", &world->plain), ==, SQLITE_OK);
  g_autoptr (GString) create = g_string_new ("CREATE TABLE orders (_seq INTEGER PRIMARY KEY, _time INTEGER, _received INTEGER,"
                                             " _source TEXT, _partition INTEGER, _offset INTEGER, _key TEXT");
  g_autoptr (GString) insert = g_string_new ("INSERT INTO orders VALUES (?,?,?,?,?,?,?");
  for (uint32_t i = 0; i < world->stream->n_fields; i++)
    {
      const TideField *field = world->stream->fields[i];
      char *piece = sqlite3_mprintf (", \"%w\" %s", field->name, sql_type (field->type, field->scale));
      g_string_append (create, piece);
      g_string_append (insert, ",?");
      sqlite3_free (piece);
    }
  g_string_append_c (create, ')');
  g_string_append_c (insert, ')');
  plain_exec (world->plain, create->str);
  plain_exec (world->plain, "BEGIN");
  g_assert_cmpint (sqlite3_prepare_v2 (world->plain, insert->str, -1, &world->insert, NULL), ==, SQLITE_OK);
}

static void
add_int (World *world, TideBatchBuilder *builder, uint32_t column, int at, int64_t value)
{
  tide_batch_builder_set_int (builder, column, value);
  sqlite3_bind_int64 (world->insert, at, value);
}

static void
add_text (World *world, TideBatchBuilder *builder, uint32_t column, int at, const char *text)
{
  tide_batch_builder_set_text (builder, column, text, strlen (text));
  sqlite3_bind_text (world->insert, at, text, -1, SQLITE_TRANSIENT);
}

static void
add_field (World *world, TideBatchBuilder *builder, uint32_t i, int64_t seq)
{
  const TideField *field = world->stream->fields[i];
  uint32_t column = TIDE_COLUMN_FIELD0 + i;
  int at = 8 + (int) i;
  GRand *rand = world->rand;
  if (g_rand_int_range (rand, 0, 6) == 0)
    return;
  if (field->type == TIDE_TYPE_TEXT && i % 2 == 1)
    {
      g_autofree char *text = g_strdup_printf ("id-%" G_GINT64_FORMAT "-%u", seq, g_rand_int_range (rand, 0, 4));
      add_text (world, builder, column, at, text);
    }
  else if (field->type == TIDE_TYPE_TEXT)
    add_text (world, builder, column, at, words[g_rand_int_range (rand, 0, G_N_ELEMENTS (words))]);
  else if (field->type == TIDE_TYPE_REAL)
    {
      double value = g_rand_int_range (rand, -20, 21) * 0.25; /* sums stay exact in any order */
      tide_batch_builder_set_real (builder, column, value);
      sqlite3_bind_double (world->insert, at, value);
    }
  else if (field->type == TIDE_TYPE_BOOL)
    add_int (world, builder, column, at, g_rand_int_range (rand, 0, 2));
  else if (field->type == TIDE_TYPE_DECIMAL && field->scale > 0)
    {
      int64_t value = random_int (rand);
      if (ABS (value / 25) < INT64_MAX / 25 / 25 && g_rand_boolean (rand))
        value *= 25;
      g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT "e-%d", (gint64) value, field->scale);
      tide_batch_builder_set_int (builder, column, value);
      sqlite3_bind_double (world->insert, at, g_ascii_strtod (text, NULL));
    }
  else
    add_int (world, builder, column, at, random_int (rand));
}

static TideBatch *
world_make_batch (World *world, int64_t first_seq, int64_t n)
{
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (world->stream);
  for (int64_t seq = first_seq; seq < first_seq + n; seq++)
    {
      sqlite3_clear_bindings (world->insert);
      sqlite3_bind_int64 (world->insert, 1, seq);
      add_int (world, builder, TIDE_COLUMN_TIME, 2, seq * 10 + g_rand_int_range (world->rand, -300, 300));
      add_int (world, builder, TIDE_COLUMN_RECEIVED, 3, seq * 10);
      add_text (world, builder, TIDE_COLUMN_SOURCE, 4, g_rand_int_range (world->rand, 0, 9) > 0 ? "src" : "src-2");
      add_int (world, builder, TIDE_COLUMN_PARTITION, 5, g_rand_int_range (world->rand, 0, 3));
      add_int (world, builder, TIDE_COLUMN_OFFSET, 6, seq + 100);
      if (g_rand_boolean (world->rand))
        add_text (world, builder, TIDE_COLUMN_KEY, 7, words[g_rand_int_range (world->rand, 0, 5)]);
      for (uint32_t i = 0; i < world->stream->n_fields; i++)
        add_field (world, builder, i, seq);
      tide_batch_builder_end_row (builder, 10);
      g_assert_cmpint (sqlite3_step (world->insert), ==, SQLITE_DONE);
      sqlite3_reset (world->insert);
    }
  return tide_batch_builder_finish (builder);
}

static void
world_fill (World *world, TideWriter *writer)
{
  g_autoptr (GError) error = NULL;
  for (int64_t next = 1; next <= EVENTS;)
    {
      int64_t step = g_rand_int_range (world->rand, 1, g_rand_boolean (world->rand) ? 20 : 300);
      int64_t n = MIN (step, EVENTS + 1 - next);
      g_autoptr (TideBatch) batch = world_make_batch (world, next, n);
      TideDelivery delivery = { .source = "src", .batch = batch };
      g_assert_true (tide_writer_push (writer, &delivery, NULL, &error));
      g_assert_true (tide_writer_flush (writer, &error));
      if (g_rand_int_range (world->rand, 0, 12) == 0)
        g_assert_true (tide_writer_seal (writer, &error));
      next += n;
    }
  plain_exec (world->plain, "COMMIT");
}

/* --- random queries --- */

static void
append_name (GString *sql, const char *name)
{
  char *quoted = sqlite3_mprintf ("\"%w\"", name);
  g_string_append (sql, quoted);
  sqlite3_free (quoted);
}

static void
append_column (World *world, GString *sql)
{
  static const char *const system[] = { "_seq", "_time", "_received", "_partition", "_offset", "_key", "_source", "rowid" };
  if (g_rand_int_range (world->rand, 0, 3) == 0)
    g_string_append (sql, system[g_rand_int_range (world->rand, 0, G_N_ELEMENTS (system))]);
  else
    append_name (sql, world->stream->fields[g_rand_int_range (world->rand, 0, (gint32) world->stream->n_fields)]->name);
}

static void
append_literal (World *world, GString *sql)
{
  GRand *rand = world->rand;
  char *text = NULL;
  switch (g_rand_int_range (rand, 0, 9))
    {
    case 0:
    case 1:
      g_string_append_printf (sql, "%d", g_rand_int_range (rand, -6, 7));
      break;
    case 2:
      g_string_append_printf (sql, "%.17g", g_rand_int_range (rand, -24, 25) * 0.25);
      break;
    case 3:
      g_string_append_printf (sql, "%d", g_rand_int_range (rand, -300, EVENTS * 11));
      break;
    case 4:
      g_string_append (sql, g_rand_boolean (rand) ? "NULL" : "x'61'");
      break;
    case 5:
      g_string_append (sql, g_rand_boolean (rand) ? "9007199254740993" : "-9223372036854775808");
      break;
    case 6:
      g_string_append (sql, g_rand_boolean (rand) ? "9223372036854775807" : "9.3e18");
      break;
    default:
      text = sqlite3_mprintf ("%Q", words[g_rand_int_range (rand, 0, G_N_ELEMENTS (words))]);
      g_string_append (sql, text);
      sqlite3_free (text);
      break;
    }
}

static void
append_condition (World *world, GString *sql, int depth)
{
  static const char *const ops[] = { "=", "<", "<=", ">", ">=", "<>", "IS", "=", "=" };
  GRand *rand = world->rand;
  switch (g_rand_int_range (rand, 0, depth > 0 ? 12 : 8))
    {
    case 0:
      append_column (world, sql);
      g_string_append (sql, g_rand_boolean (rand) ? " IN (" : " NOT IN (");
      for (int i = g_rand_int_range (rand, 1, 5); i > 0; i--)
        {
          append_literal (world, sql);
          g_string_append (sql, i > 1 ? ", " : ")");
        }
      break;
    case 1:
      append_column (world, sql);
      g_string_append (sql, " BETWEEN ");
      append_literal (world, sql);
      g_string_append (sql, " AND ");
      append_literal (world, sql);
      break;
    case 2:
      append_column (world, sql);
      g_string_append (sql, g_rand_boolean (rand) ? " IS NULL" : " IS NOT NULL");
      break;
    case 3:
      append_column (world, sql);
      g_string_append (sql, " LIKE 'b%'");
      break;
    case 4:
      append_column (world, sql);
      g_string_append_printf (sql, " COLLATE NOCASE = 'BERLIN'");
      break;
    case 5:
      append_column (world, sql);
      g_string_append_printf (sql, " %s ", ops[g_rand_int_range (rand, 0, G_N_ELEMENTS (ops))]);
      append_column (world, sql);
      break;
    case 8:
    case 9:
      g_string_append (sql, "(");
      append_condition (world, sql, depth - 1);
      g_string_append (sql, " AND ");
      append_condition (world, sql, depth - 1);
      g_string_append (sql, ")");
      break;
    case 10:
      g_string_append (sql, "(");
      append_condition (world, sql, depth - 1);
      g_string_append (sql, " OR ");
      append_condition (world, sql, depth - 1);
      g_string_append (sql, ")");
      break;
    case 11:
      g_string_append (sql, "NOT (");
      append_condition (world, sql, depth - 1);
      g_string_append (sql, ")");
      break;
    default:
      append_column (world, sql);
      g_string_append_printf (sql, " %s ", ops[g_rand_int_range (rand, 0, G_N_ELEMENTS (ops))]);
      append_literal (world, sql);
      break;
    }
}

static char *
random_query (World *world)
{
  g_autoptr (GString) sql = g_string_new ("SELECT ");
  GRand *rand = world->rand;
  int shape = g_rand_int_range (rand, 0, 9);
  bool grouped = shape == 1;
  if (shape == 0)
    g_string_append (sql, "count(*), min(_time), max(_time), sum(_offset), count(DISTINCT _key), max(_source)");
  else if (shape == 1)
    {
      append_column (world, sql);
      g_string_append (sql, " AS g, count(*), min(_seq), max(_seq), sum(_seq % 97)");
    }
  else if (shape == 2)
    {
      /* A bare column: its text must outlive its block. */
      g_string_append (sql, g_rand_boolean (rand) ? "max(_seq), " : "min(_seq), ");
      append_column (world, sql);
      g_string_append (sql, ", ");
      append_column (world, sql);
    }
  else if (shape == 3)
    {
      g_string_append (sql, "_seq, lag(");
      append_column (world, sql);
      g_string_append (sql, ", 7) OVER (ORDER BY _seq), first_value(");
      append_column (world, sql);
      g_string_append (sql, ") OVER (PARTITION BY _partition ORDER BY _seq)");
    }
  else if (shape == 4)
    {
      g_string_append (sql, "a._seq, b._seq, b._key FROM orders AS a JOIN orders AS b ON b._seq=a._seq+1 WHERE a._offset<200 AND a._key=b._key ORDER BY 1");
      return g_string_free (g_steal_pointer (&sql), FALSE);
    }
  else if (shape == 5)
    {
      g_string_append (sql, "_seq, (SELECT max(o._seq) FROM orders AS o WHERE o._key=orders._key AND o._seq<orders._seq) FROM orders WHERE _seq BETWEEN 100 AND 115 ORDER BY _seq DESC");
      return g_string_free (g_steal_pointer (&sql), FALSE);
    }
  else
    for (int i = g_rand_int_range (rand, 1, 5); i > 0; i--)
      {
        append_column (world, sql);
        g_string_append (sql, i > 1 ? ", " : "");
      }
  g_string_append (sql, " FROM orders");
  if (g_rand_int_range (rand, 0, 10) > 0)
    {
      g_string_append (sql, " WHERE ");
      append_condition (world, sql, 2);
    }
  if (grouped)
    g_string_append (sql, " GROUP BY g ORDER BY 3");
  else if (shape >= 3)
    {
      static const char *const orders[] = { "_seq", "_seq DESC", "rowid DESC, _key", "_time, _seq", "_key DESC, _seq" };
      g_string_append_printf (sql, " ORDER BY %s", orders[g_rand_int_range (rand, 0, G_N_ELEMENTS (orders))]);
      if (g_rand_boolean (rand))
        g_string_append_printf (sql, " LIMIT %d OFFSET %d", g_rand_int_range (rand, 0, 50), g_rand_int_range (rand, 0, 20));
    }
  return g_string_free (g_steal_pointer (&sql), FALSE);
}

/* --- answers --- */

static char *
answer (sqlite3 *db, const char *sql)
{
  g_autoptr (GString) text = g_string_new (NULL);
  sqlite3_stmt *stmt = NULL;
  if (sqlite3_prepare_v2 (db, sql, -1, &stmt, NULL) != SQLITE_OK)
    g_error ("%s: %s", sql, sqlite3_errmsg (db));
  int code;
  while ((code = sqlite3_step (stmt)) == SQLITE_ROW)
    {
      for (int i = 0; i < sqlite3_column_count (stmt); i++)
        if (sqlite3_column_type (stmt, i) == SQLITE_FLOAT)
          g_string_append_printf (text, "r%.17g|", sqlite3_column_double (stmt, i));
        else
          g_string_append_printf (text, "%d%s|", sqlite3_column_type (stmt, i),
                                  sqlite3_column_type (stmt, i) == SQLITE_NULL
                                    ? ""
                                    : (const char *) sqlite3_column_text (stmt, i));
      g_string_append_c (text, '\n');
    }
  if (code != SQLITE_DONE)
    g_error ("%s: %s", sql, sqlite3_errmsg (db));
  sqlite3_finalize (stmt);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
test_differential (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (FixtureRand) rand = fixture_rand_new ();
  g_autoptr (TideStreamRef) stream = random_stream (rand);
  g_autoptr (TideStore) store = fixture_open (dir);
  g_autoptr (GError) error = NULL;
  World world = { .rand = rand, .stream = stream };
  g_autoptr (TideWriter) writer = tide_writer_new (store, NULL, &error);
  g_assert_no_error (error);
  world_open_plain (&world);
  world_fill (&world, writer);

  g_autofree char *path = g_build_filename (dir, TIDE_DATABASE_FILE, NULL);
  sqlite3 *db = NULL;
  char *message = NULL;
  g_assert_cmpint (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
  g_assert_cmpint (tide_vtab_register (db, &message), ==, SQLITE_OK);
  guint rows = 0;
  for (int i = 0; i < QUERIES; i++)
    {
      g_autofree char *sql = random_query (&world);
      g_autofree char *expected = answer (world.plain, sql);
      g_autofree char *got = answer (db, sql);
      if (!g_str_equal (expected, got))
        {
          g_test_message ("%s\nplain:\n%.2000s\nvirtual:\n%.2000s", sql, expected, got);
          g_assert_not_reached ();
        }
      rows += *expected != '\0';
    }
  /* The queries must say something. */
  g_assert_cmpuint (rows, >, QUERIES / 4);
  sqlite3_close (db);
  sqlite3_finalize (world.insert);
  sqlite3_close (world.plain);
}

/* --- what is left out --- */

static void
open_plain_events (const char *dir, TideStore **ret_store, TideWriter **ret_writer, int64_t n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideStreamRef) stream = fixture_plain_stream ();
  *ret_store = fixture_open (dir);
  *ret_writer = tide_writer_new (*ret_store, NULL, &error);
  g_assert_no_error (error);
  for (int64_t first = 0; first < n; first += 1000)
    {
      g_assert_true (fixture_push (*ret_writer, stream, first, 1000, &error));
      g_assert_true (tide_writer_flush (*ret_writer, &error));
    }
}

static guint64
count_blocks (TideSql *sql, const char *text)
{
  g_autoptr (GError) error = NULL;
  TideSqlBounds bounds = { 0 };
  guint64 blocks = 0, total = 0, events = 0;
  bool row = true;
  g_assert_true (tide_sql_prepare (sql, text, &error));
  while (row)
    g_assert_true (tide_sql_step (sql, &bounds, NULL, &row, &error));
  tide_sql_get_progress (sql, &blocks, &total, &events);
  g_assert_cmpuint (blocks, <=, MAX (total, 1));
  return blocks;
}

static void
test_skips_blocks (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (TideStore) store = NULL;
  g_autoptr (TideWriter) writer = NULL;
  g_autoptr (GError) error = NULL;
  open_plain_events (dir, &store, &writer, 21000);
  g_assert_true (tide_writer_seal (writer, &error));
  tide_writer_stop (writer); /* and nothing is sealed any more */
  g_autoptr (TideSql) sql = tide_sql_open (store, &error);
  g_assert_no_error (error);
  guint64 all = count_blocks (sql, "SELECT count(*) FROM orders");
  g_assert_cmpuint (all, >, 1);
  g_assert_cmpuint (count_blocks (sql, "SELECT count(*) FROM orders WHERE _seq=1500"), ==, 1);
  g_assert_cmpuint (count_blocks (sql, "SELECT count(*) FROM orders WHERE _seq IN (1, 2, 3)"), ==, 1);
  g_assert_cmpuint (count_blocks (sql, "SELECT count(*) FROM orders WHERE _time>=20999"), ==, 1);
  g_assert_cmpuint (count_blocks (sql, "SELECT count(*) FROM orders WHERE _time>=ts('2026-11-01')"), ==, 0);
  g_assert_cmpuint (count_blocks (sql, "SELECT count(*) FROM orders WHERE n=1"), <=, all);
  g_assert_cmpuint (count_blocks (sql, "SELECT count(*) FROM orders WHERE _partition=1"), ==, 0);
  g_assert_cmpuint (count_blocks (sql, "SELECT count(*) FROM orders WHERE _source IN ('nobody')"), ==, 0);
  /* A comparison that is not by bytes says nothing about the bounds. */
  g_assert_cmpuint (count_blocks (sql, "SELECT count(*) FROM orders WHERE _source COLLATE NOCASE='PLAIN'"), >=, 0);
  g_assert_cmpuint (count_blocks (sql, "SELECT n FROM orders ORDER BY _seq DESC LIMIT 3"), ==, 1);
}

/* A statement sees one moment, though events are committed and sealed meanwhile. */
static void
test_one_moment (void)
{
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (TideStore) store = NULL;
  g_autoptr (TideWriter) writer = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (TideStreamRef) stream = fixture_plain_stream ();
  open_plain_events (dir, &store, &writer, 3000);
  g_autofree char *path = g_build_filename (dir, TIDE_DATABASE_FILE, NULL);
  sqlite3 *db = NULL;
  sqlite3_stmt *stmt = NULL;
  char *message = NULL;
  g_assert_cmpint (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
  g_assert_cmpint (tide_vtab_register (db, &message), ==, SQLITE_OK);
  sqlite3_prepare_v2 (db, "SELECT _seq, (SELECT count(*) FROM orders AS o WHERE o._seq>=0*orders._seq) FROM orders WHERE _seq<=200", -1,
                      &stmt, NULL);
  gint64 n = 0;
  while (sqlite3_step (stmt) == SQLITE_ROW)
    {
      g_assert_cmpint (sqlite3_column_int64 (stmt, 0), ==, ++n);
      g_assert_cmpint (sqlite3_column_int64 (stmt, 1), ==, 3000);
      if (n % 50 == 1)
        {
          g_assert_true (fixture_push (writer, stream, 3000 + n, 100, &error));
          g_assert_true (tide_writer_seal (writer, &error));
        }
    }
  g_assert_cmpint (n, ==, 200);
  sqlite3_finalize (stmt);
  sqlite3_close (db);
}

/* --- the extension --- */

static void
test_extension (void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  g_test_skip ("the sqlite3 shell is not built with the sanitizer, and can't load what is");
#else
  g_autoptr (FixtureDir) dir = fixture_dir_new ();
  g_autoptr (TideStore) store = NULL;
  g_autoptr (TideWriter) writer = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *out = NULL, *err = NULL;
  g_autofree char *shell = g_find_program_in_path ("sqlite3");
  const char *extension = g_getenv ("TIDE_TEST_EXTENSION");
  if (shell == NULL || extension == NULL)
    {
      g_test_skip (shell == NULL ? "there is no sqlite3 shell here" : "TIDE_TEST_EXTENSION is not set");
      return;
    }
  open_plain_events (dir, &store, &writer, 3000);
  g_autofree char *path = g_build_filename (dir, TIDE_DATABASE_FILE, NULL);
  g_autofree char *load = g_strdup_printf (".load %s", extension);
  const char *argv[] = { shell, "-readonly", path, "-cmd", load,
                         "SELECT count(*), min(_seq), max(_time), count(DISTINCT n) FROM orders WHERE _time<2500;"
                         " SELECT ts('1970-01-01T00:00:01Z');", NULL };
  gint status = 0;
  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, &err, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (err, ==, "");
  g_assert_cmpstr (out, ==, "2500|1|2499|2500\n1000000\n");
  g_assert_cmpint (status, ==, 0);
#endif
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/vtab/differential", test_differential);
  g_test_add_func ("/store/vtab/skips-blocks", test_skips_blocks);
  g_test_add_func ("/store/vtab/one-moment", test_one_moment);
  g_test_add_func ("/store/vtab/extension", test_extension);
  return g_test_run ();
}
