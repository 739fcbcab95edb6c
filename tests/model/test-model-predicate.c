/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Predicates against SQLite: random conditions over random rows with nulls, extremes and awkward texts select the
 * same rows here, there by the text as written, and there by the canonical SQL. Then the messages, the canonical
 * form, two threads with one predicate, and texts mangled at random. */
#include "model.h"

#include <sqlite3.h>
#include <string.h>

#define N_ROWS 2500

static GRand *random_source;

static int
between (int low, int high)
{
  return g_rand_int_range (random_source, low, high + 1);
}

#define PICK(array) (array)[between (0, (int) G_N_ELEMENTS (array) - 1)]

static const struct
{
  const char *name, *path;
  TideType type;
  int scale;
} fields[] = {
  { "count", "count", TIDE_TYPE_INT, 0 },        { "amount", "amount", TIDE_TYPE_DECIMAL, 2 },
  { "weight", "weight", TIDE_TYPE_DECIMAL, 3 },  { "points", "points", TIDE_TYPE_DECIMAL, 0 },
  { "duration_s", "d", TIDE_TYPE_REAL, 0 },      { "status", "status", TIDE_TYPE_TEXT, 0 },
  { "order", "order", TIDE_TYPE_TEXT, 0 },       { "is_fraud", "is_fraud", TIDE_TYPE_BOOL, 0 },
  { "paid at", "paid_at", TIDE_TYPE_TIME, 0 },   { "offered", "offered", TIDE_TYPE_INT, 0 },
};

static TideStream *
make_stream (void)
{
  GPtrArray *list = g_ptr_array_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
    g_ptr_array_add (list, tide_field_new (fields[i].name, fields[i].path, fields[i].type, fields[i].scale));
  return tide_stream_new ("orders", list, NULL, NULL);
}

static const char *const words[] = { "", "a", "A", "ab", "delivered", "Delivered", "it's", "100%", "a_b", "Ärger",
                                     "ärger", "日本", "日x", "b\xc3\xa9", "zz" };

static int64_t
random_int (TideType type)
{
  static const int64_t extremes[] = { INT64_MAX, INT64_MIN, INT64_MAX - 1, 9007199254740993, -9007199254740993 };

  if (type == TIDE_TYPE_BOOL)
    return between (0, 1);
  if (type == TIDE_TYPE_TIME)
    return between (-3, 3) * TIDE_DAY + between (0, 1) * TIDE_MS;
  if (type == TIDE_TYPE_INT && between (0, 9) == 0)
    return PICK (extremes);
  return between (0, 1) == 0 ? between (-4, 4) : between (-2000, 2000);
}

static double
random_real (void)
{
  return between (0, 9) == 0 ? 1e300 : between (0, 1) == 0 ? between (-8, 8) / 4.0 : between (-20, 20) / 10.0;
}

/* Text by text, some with a NUL inside, some of thousands of kinds. */
static gsize
random_text (bool many, char text[32])
{
  if (many)
    return (gsize) g_snprintf (text, 32, "%s%d", PICK (words), between (0, 3000));
  g_strlcpy (text, PICK (words), 32);
  if (between (0, 20) == 0)
    {
      memcpy (text, "a\0b", 4);
      return 3;
    }
  return strlen (text);
}

static void
bind_row (sqlite3_stmt *insert, TideBatchBuilder *builder, int row)
{
  sqlite3_bind_int (insert, 1, row);
  for (uint32_t i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      uint32_t column = TIDE_COLUMN_FIELD0 + i;
      char text[32];

      if (between (0, 7) == 0)
        sqlite3_bind_null (insert, (int) i + 2);
      else if (fields[i].type == TIDE_TYPE_TEXT)
        {
          gsize len = random_text (i == 6, text);

          tide_batch_builder_set_text (builder, column, text, len);
          sqlite3_bind_text (insert, (int) i + 2, text, (int) len, SQLITE_TRANSIENT);
        }
      else if (fields[i].type == TIDE_TYPE_REAL)
        {
          double real = random_real ();

          tide_batch_builder_set_real (builder, column, real);
          sqlite3_bind_double (insert, (int) i + 2, real);
        }
      else
        {
          int64_t value = random_int (fields[i].type);
          double divisor = 1;

          tide_batch_builder_set_int (builder, column, value);
          for (int s = 0; s < fields[i].scale; s++)
            divisor *= 10;
          if (fields[i].scale > 0)
            sqlite3_bind_double (insert, (int) i + 2, (double) value / divisor);
          else
            sqlite3_bind_int64 (insert, (int) i + 2, value);
        }
    }
  sqlite3_step (insert);
  sqlite3_reset (insert);
  tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, row);
  tide_batch_builder_end_row (builder, 0);
}

static void
sql_ts (sqlite3_context *context, int n, sqlite3_value **values)
{
  TideTime time;

  g_assert_true (tide_time_parse ((const char *) sqlite3_value_text (values[0]),
                                  (gsize) sqlite3_value_bytes (values[0]), NULL, &time));
  sqlite3_result_int64 (context, time);
}

/* The same rows as a table and as a batch. */
static TideBatch *
make_rows (const TideStream *stream, sqlite3 *db)
{
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);
  sqlite3_stmt *insert = NULL;

  g_assert_cmpint (sqlite3_exec (db,
                                 "CREATE TABLE orders (row INTEGER PRIMARY KEY, count INTEGER, amount REAL, weight REAL,"
                                 " points INTEGER, duration_s REAL, status TEXT, \"order\" TEXT, is_fraud INTEGER,"
                                 " \"paid at\" INTEGER, offered INTEGER); BEGIN",
                                 NULL, NULL, NULL),
                   ==, SQLITE_OK);
  sqlite3_create_function (db, "ts", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, sql_ts, NULL, NULL);
  sqlite3_prepare_v2 (db, "INSERT INTO orders VALUES (?,?,?,?,?,?,?,?,?,?,?)", -1, &insert, NULL);
  for (int row = 0; row < N_ROWS; row++)
    bind_row (insert, builder, row);
  sqlite3_finalize (insert);
  sqlite3_exec (db, "COMMIT", NULL, NULL, NULL);
  return tide_batch_builder_finish (builder);
}

/* A random field's name as it may be written. */
static void
append_field (GString *text, gsize field)
{
  if (strchr (fields[field].name, ' ') != NULL || field == 6 || between (0, 5) == 0)
    g_string_append_printf (text, "\"%s\"", fields[field].name);
  else
    g_string_append (text, fields[field].name);
}

static void
append_text_literal (GString *text, bool pattern)
{
  g_auto (GStrv) parts = g_strsplit (PICK (words), "'", -1);
  g_autofree char *word = g_strjoinv ("''", parts);

  g_string_append_printf (text, "'%s%s%s'", pattern && between (0, 1) == 0 ? "%" : "", word,
                          pattern && between (0, 1) == 0 ? "%" : pattern && between (0, 1) == 0 ? "_" : "");
}

/* @ret_times: set when a time is a plain text, which only the canonical form makes a time for SQLite. */
static void
append_literal (GString *text, gsize field, bool *ret_times)
{
  static const char *const numbers[] = { "0", "1", "-1", "2.0", "1.5", "-1.5", ".25", "1e1", "12.34", "12.345",
                                         "-3.995", "0.1", "3.", "1e-3", "-0", "+2" };
  static const char *const big[] = { "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e30",
                                     "-1E+30", "9007199254740993", "123456789012.25" };

  switch (fields[field].type)
    {
    case TIDE_TYPE_TEXT:
      append_text_literal (text, false);
      break;
    case TIDE_TYPE_BOOL:
      g_string_append (text, between (0, 2) == 0 ? "1" : between (0, 1) == 0 ? "TRUE" : "false");
      break;
    case TIDE_TYPE_TIME:
      {
        bool plain = between (0, 3) == 0;

        *ret_times |= plain;
        g_string_append_printf (text, plain ? "'1970-01-0%d'" : "ts('1970-01-0%d')", between (1, 4));
      }
      break;
    default:
      if (fields[field].type == TIDE_TYPE_INT && between (0, 3) == 0)
        g_string_append (text, PICK (big));
      else if (between (0, 1) == 0)
        g_string_append_printf (text, "%d", between (-4, 4));
      else
        g_string_append (text, PICK (numbers));
    }
}

static void
append_condition (GString *text, bool *ret_times)
{
  static const char *const ops[] = { "=", "==", "<>", "!=", "<", "<=", ">", ">=", " = ", " >= " };
  gsize field = (gsize) between (0, G_N_ELEMENTS (fields) - 1);
  TideType type = fields[field].type;
  const char *negation = between (0, 1) == 0 ? "" : between (0, 1) == 0 ? "NOT " : "not\t";
  static const gsize comparable[][2]
      = { { 0, 9 }, { 0, 1 }, { 1, 2 }, { 4, 0 }, { 4, 1 }, { 3, 0 }, { 5, 6 }, { 2, 4 } };

  switch (between (0, 7))
    {
    case 0:
      append_field (text, field);
      g_string_append_printf (text, " IS %sNULL", negation);
      break;
    case 1:
      append_field (text, field);
      g_string_append_printf (text, " %sIN (", negation);
      for (int i = between (0, between (0, 4) == 0 ? 40 : 4); i >= 0; i--)
        {
          append_literal (text, field, ret_times);
          g_string_append (text, i > 0 ? "," : ")");
        }
      break;
    case 2:
      append_field (text, field);
      g_string_append_printf (text, " %sBETWEEN ", negation);
      append_literal (text, field, ret_times);
      g_string_append (text, " and ");
      append_literal (text, field, ret_times);
      break;
    case 3:
      append_literal (text, field, ret_times);
      g_string_append (text, PICK (ops));
      append_field (text, field);
      break;
    case 4:
      {
        gsize pair = (gsize) between (0, G_N_ELEMENTS (comparable) - 1);

        append_field (text, comparable[pair][0]);
        g_string_append (text, PICK (ops));
        append_field (text, comparable[pair][1]);
      }
      break;
    case 5:
      if (type == TIDE_TYPE_BOOL || between (0, 3) == 0)
        g_string_append (text, between (0, 5) == 0 ? "true" : "is_fraud");
      else
        {
          append_field (text, (gsize) between (5, 6));
          g_string_append_printf (text, " %sLIKE ", negation);
          append_text_literal (text, true);
        }
      break;
    default:
      append_field (text, field);
      g_string_append (text, PICK (ops));
      append_literal (text, field, ret_times);
    }
}

static void
append_predicate (GString *text, int depth, bool *ret_times)
{
  int n = between (1, 3);

  if (depth == 0 || between (0, 3) == 0)
    {
      append_condition (text, ret_times);
      return;
    }
  switch (between (0, 3))
    {
    case 0:
      g_string_append (text, "NOT ");
      append_predicate (text, depth - 1, ret_times);
      break;
    case 1:
      g_string_append_c (text, '(');
      append_predicate (text, depth - 1, ret_times);
      g_string_append_c (text, ')');
      break;
    default:
      for (int i = 0; i <= n; i++)
        {
          if (i > 0)
            g_string_append (text, between (0, 1) == 0 ? " AND " : between (0, 1) == 0 ? "\nor " : " OR ");
          append_predicate (text, depth - 1, ret_times);
        }
    }
}

static void
assert_sql_selects (sqlite3 *db, const char *where, const char *text, uint32_t from, uint32_t to, const uint32_t *rows,
                    uint32_t n)
{
  g_autofree char *sql = g_strdup_printf ("SELECT row FROM orders WHERE row >= %u AND row < %u AND (%s) ORDER BY row",
                                          from, to, where);
  sqlite3_stmt *select = NULL;
  uint32_t i = 0;

  if (sqlite3_prepare_v2 (db, sql, -1, &select, NULL) != SQLITE_OK)
    g_error ("%s: %s", sql, sqlite3_errmsg (db));
  for (; sqlite3_step (select) == SQLITE_ROW; i++)
    if (i >= n || rows[i] != (uint32_t) sqlite3_column_int (select, 0))
      g_error ("“%s” as “%s”: SQLite takes row %d, which is missing", text, where, sqlite3_column_int (select, 0));
  if (i != n)
    g_error ("“%s” as “%s”: row %u is taken, but not by SQLite", text, where, rows[i]);
  sqlite3_finalize (select);
}

static TidePredicate *
must_parse (const char *text, const TideStream *stream)
{
  g_autoptr (GError) error = NULL;
  TidePredicate *predicate = tide_predicate_new (text, stream, &error);

  if (predicate == NULL)
    g_error ("“%s”: %s", text, error->message);
  return predicate;
}

static void
test_against_sqlite (void)
{
  g_autoptr (TideStreamRef) stream = make_stream ();
  g_autoptr (TideBatch) batch = NULL;
  g_autofree uint32_t *rows = g_new (uint32_t, N_ROWS);
  g_autofree uint32_t *again = g_new (uint32_t, N_ROWS);
  sqlite3 *db = NULL;
  uint32_t total = 0;

  g_assert_cmpint (sqlite3_open (":memory:", &db), ==, SQLITE_OK);
  batch = make_rows (stream, db);
  for (int i = 0; i < 500; i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (TidePredicate) predicate = NULL;
      g_autoptr (TidePredicate) reread = NULL;
      g_autofree char *sql = NULL;
      g_autofree char *sql_again = NULL;
      uint32_t from = (uint32_t) (between (0, 2) > 0 ? 0 : between (0, N_ROWS));
      uint32_t to = (uint32_t) (between (0, 2) > 0 ? N_ROWS : between ((int) from, MIN (N_ROWS, (int) from + 300)));
      bool plain_times = false;
      uint32_t n;

      append_predicate (text, 3, &plain_times);
      predicate = must_parse (text->str, stream);
      n = tide_predicate_select (predicate, batch, from, to, rows);
      sql = tide_predicate_to_sql (predicate);
      assert_sql_selects (db, sql, text->str, from, to, rows, n);
      if (!plain_times)
        assert_sql_selects (db, text->str, text->str, from, to, rows, n);
      reread = must_parse (sql, stream);
      sql_again = tide_predicate_to_sql (reread);
      g_assert_cmpstr (sql_again, ==, sql);
      g_assert_cmpuint (tide_predicate_select (reread, batch, from, to, again), ==, n);
      g_assert_true (memcmp (again, rows, n * sizeof *rows) == 0);
      total += n;
    }
  g_assert_cmpuint (total, >, 1000);
  sqlite3_close (db);
}

static void
test_exact_decimals (void)
{
  g_autoptr (TideStreamRef) stream = make_stream ();
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);
  g_autoptr (TideBatch) batch = NULL;
  const uint32_t count = TIDE_COLUMN_FIELD0, amount = TIDE_COLUMN_FIELD0 + 1;
  static const int64_t amounts[] = { 3050, 3051, 9007199254740993, 9007199254740994, INT64_MAX, INT64_MIN };
  static const struct
  {
    const char *text, *rows;
  } cases[] = {
    { "amount > 30.5", "1234" },
    { "amount > 30.50000000000000000000001", "1234" },
    { "amount >= 30.505", "1234" },
    { "amount < 30.505", "05" },
    { "amount = 30.505", "" },
    { "amount != 30.505", "012345" },
    { "amount IN (30.50, 30.505, 90071992547409.93)", "02" },
    { "amount = 90071992547409.93", "2" },
    { "amount > 90071992547409.93", "34" },
    { "amount = 92233720368547758.07", "4" },
    { "amount > 92233720368547758.07", "" },
    { "amount > 92233720368547758.065", "4" },
    { "amount <= -92233720368547758.08", "5" },
    { "amount > 1e5000", "" },
    { "amount > -1e5000", "012345" },
    { "amount > 1e-5000", "01234" },
    { "count = 9007199254740993", "2" },
    { "count > 9223372036854775806", "4" },
    { "count < -9223372036854775808.5", "" },
    { "count >= 3050.5", "1234" },
    { "count BETWEEN 3050.5 AND 3051.5", "1" },
  };
  uint32_t rows[G_N_ELEMENTS (amounts)];

  for (gsize i = 0; i < G_N_ELEMENTS (amounts); i++)
    {
      tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, 0);
      tide_batch_builder_set_int (builder, count, amounts[i]);
      tide_batch_builder_set_int (builder, amount, amounts[i]);
      tide_batch_builder_end_row (builder, 0);
    }
  batch = tide_batch_builder_finish (builder);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (TidePredicate) predicate = tide_predicate_new (cases[i].text, stream, &error);
      g_autoptr (GString) found = g_string_new (NULL);

      g_assert_no_error (error);
      for (uint32_t n = tide_predicate_select (predicate, batch, 0, batch->n, rows), j = 0; j < n; j++)
        g_string_append_printf (found, "%u", rows[j]);
      if (strcmp (found->str, cases[i].rows) != 0)
        g_error ("%s: rows %s, expected %s", cases[i].text, found->str, cases[i].rows);
    }
}

static void
test_canonical (void)
{
  static const struct
  {
    const char *text, *sql;
  } cases[] = {
    { "status='delivered'and amount>0", "status = 'delivered' AND amount > 0" },
    { "  ((status == \"order\"))  ", "status = \"order\"" },
    { "(count = 1 or count = 2) and (is_fraud)", "(count = 1 OR count = 2) AND is_fraud" },
    { "count=1 and (count=2 and count=3)", "count = 1 AND count = 2 AND count = 3" },
    { "not (count <> 1 or not is_fraud)", "NOT (count != 1 OR NOT is_fraud)" },
    { "30.50 < amount", "30.5 < amount" },
    { "amount > 1e2 and duration_s < 2.50", "amount > 100 AND duration_s < 2.5" },
    { "is_fraud = 1", "is_fraud = true" },
    { "count in(1,2 , 0x)", NULL },
    { "count not in(1,2 , -03)", "count NOT IN (1, 2, -3)" },
    { "\"paid at\" >= '2026-11-01'", "\"paid at\" >= ts('2026-11-01T00:00:00Z')" },
    { "TS('2026-11-01 02:00+01:00') < \"paid at\"", "ts('2026-11-01T01:00:00Z') < \"paid at\"" },
    { "status not like 'it''s%'", "status NOT LIKE 'it''s%'" },
    { "status is not null", "status IS NOT NULL" },
    { "order not between 'a' and status", "\"order\" NOT BETWEEN 'a' AND status" },
    { "_source = 'kafka' AND _offset > 5", "_source = 'kafka' AND _offset > 5" },
    { "duration_s = 0.1", "duration_s = 0.1" },
    { "duration_s = 1e300", "duration_s = 1e+300" },
    { "amount = 0.001", "amount = 0.001" },
    { "amount = -0.0", "amount = 0" },
    { "amount > 000200000e300000", "amount > 1e19" }, /* beyond any amount */
    { "amount > 1e19", "amount > 1e19" },
    { "amount > -5e-999999", "amount > -1.0e-300" },
    { "amount > -1.0e-300", "amount > -1.0e-300" },
  };
  g_autoptr (TideStreamRef) stream = make_stream ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (TidePredicate) predicate = NULL;
      g_autofree char *sql = NULL;

      if (cases[i].sql == NULL)
        {
          g_assert_null (tide_predicate_new (cases[i].text, stream, NULL));
          continue;
        }
      predicate = must_parse (cases[i].text, stream);
      sql = tide_predicate_to_sql (predicate);
      g_assert_cmpstr (sql, ==, cases[i].sql);
    }
}

static void
test_messages (void)
{
  static const struct
  {
    const char *text, *message;
  } cases[] = {
    { "count = AND amount > 0", "column 9: expected a value after '=', found 'AND'" },
    { "", "column 1: expected a condition, found the end" },
    { "amout > 0", "column 1: stream orders has no field 'amout'; did you mean 'amount'?" },
    { "_sorce = 'x'", "column 1: stream orders has no field '_sorce'; did you mean '_source'?" },
    { "status = 5", "column 10: status is text: expected a text in single quotes, found 5" },
    { "amount > 'x'", "column 10: amount is decimal(2): expected a number, found 'x'" },
    { "is_fraud = 2", "column 12: is_fraud is bool: expected true or false, found 2" },
    { "\"paid at\" > 5", "column 13: \"paid at\" is time: expected a time such as ts('2026-11-01'), found 5" },
    { "\"paid at\" > 'soon'",
      "column 13: expected a time such as '2026-11-01' or '2026-11-01T02:00:00Z', found 'soon'" },
    { "amount", "column 7: expected a comparison after amount, found the end" },
    { "amount > 1 count = 2", "column 12: expected AND, OR or the end, found 'count'" },
    { "(amount > 1", "column 12: expected AND, OR or ')', found the end" },
    { "amount = NULL", "column 10: nothing compares with NULL; expected IS NULL or IS NOT NULL" },
    { "status = 'x", "column 10: expected a closing '" },
    { "1 = 1", "column 1: expected a field on one side of the comparison" },
    { "count LIKE 'x'", "column 1: count is int; expected a text field before LIKE" },
    { "count IN ()", "column 11: expected a value in the list, found ')'" },
    { "count IN (offered)", "column 11: expected a value, found the field offered" },
    { "count NOT 5", "column 11: expected IN, LIKE or BETWEEN after NOT, found '5'" },
    { "count BETWEEN 1 OR 2", "column 17: expected AND and the upper bound of BETWEEN, found 'OR'" },
    { "count = status",
      "column 9: expected a field or value that compares with count (int), found status (text)" },
    { "lower(status) = 'x'",
      "column 1: there is no function 'lower' here; expected a field, a value or ts('…')" },
    { "status = 'ä' ; x", "column 14: expected a condition; ';' means nothing here" },
    { "count = 12abc", "column 11: expected the number to end here" },
    { "duration_s < 1e999", "column 14: expected a number within ±1.8e308, found 1e999" },
    { "count = \xff", "column 9: expected UTF-8" },
    { "count > 9007199254740993.5",
      "column 9: expected a whole number, or one with at most 15 digits, found 9007199254740993.5" },
  };
  g_autoptr (TideStreamRef) stream = make_stream ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (tide_predicate_new (cases[i].text, stream, &error));
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_INVALID);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

static char *
repeat (const char *before, const char *text, int n, const char *after)
{
  GString *all = g_string_new (before);

  for (int i = 0; i < n; i++)
    g_string_append (all, text);
  g_string_append (all, after);
  return g_string_free (all, FALSE);
}

static void
test_bounds (void)
{
  static const struct
  {
    const char *before, *text;
    int n;
    const char *after;
    bool fits;
  } cases[] = {
    { "", "(", 64, "is_fraud", false }, /* not closed */
    { "", "NOT ", 64, "is_fraud", true },
    { "", "NOT ", 65, "is_fraud", false },
    { "", "(NOT ", 40000, "is_fraud", false },
    { "count IN (0", ",1", 999, ")", true },
    { "count IN (0", ",1", 1000, ")", false },
    { "is_fraud", " OR is_fraud", 511, "", true },
    { "is_fraud", " OR is_fraud", 512, "", false },
    { "status = '", "x", 17000, "'", false },
  };
  g_autoptr (TideStreamRef) stream = make_stream ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = repeat (cases[i].before, cases[i].text, cases[i].n, cases[i].after);
      g_autoptr (GError) error = NULL;
      g_autoptr (TidePredicate) predicate = tide_predicate_new (text, stream, &error);

      g_assert_true ((predicate != NULL) == cases[i].fits);
      g_assert_true ((error == NULL) == cases[i].fits);
    }
}

/* A batch that lacks a column, or has it as another type, has nulls there. */
static void
test_missing_columns (void)
{
  g_autoptr (TideStreamRef) stream = make_stream ();
  TideColumn columns[TIDE_COLUMN_FIELD0 + 2] = { 0 };
  int64_t ints[] = { 1, 2, 3 };
  TideBatch batch = { .stream = stream, .n = 3, .columns = columns, .n_columns = TIDE_COLUMN_FIELD0 + 2 };
  g_autoptr (TidePredicate) missing = must_parse ("offered IS NULL AND is_fraud IS NULL", stream);
  g_autoptr (TidePredicate) compared = must_parse ("offered = 1 OR NOT is_fraud OR count > 1", stream);
  g_autoptr (TidePredicate) retyped = must_parse ("amount IS NULL", stream);
  bool marked[TIDE_COLUMN_FIELD0 + G_N_ELEMENTS (fields)] = { false };
  uint32_t rows[3];

  columns[TIDE_COLUMN_FIELD0] = (TideColumn){ .type = TIDE_TYPE_INT, .ints = ints };
  columns[TIDE_COLUMN_FIELD0 + 1] = (TideColumn){ .type = TIDE_TYPE_INT, .ints = ints };
  g_assert_cmpuint (tide_predicate_select (missing, &batch, 0, 3, rows), ==, 3);
  g_assert_cmpuint (tide_predicate_select (compared, &batch, 0, 3, rows), ==, 2);
  g_assert_cmpuint (rows[0], ==, 1);
  g_assert_cmpuint (tide_predicate_select (retyped, &batch, 1, 3, rows), ==, 2);
  g_assert_cmpuint (tide_predicate_select (retyped, &batch, 3, 3, rows), ==, 0);
  tide_predicate_mark_columns (compared, marked);
  for (uint32_t i = 0; i < G_N_ELEMENTS (marked); i++)
    g_assert_true (marked[i]
                   == (i == TIDE_COLUMN_FIELD0 || i == TIDE_COLUMN_FIELD0 + 7 || i == TIDE_COLUMN_FIELD0 + 9));
}

typedef struct
{
  const TidePredicate *predicate;
  const TideBatch *batch;
  uint32_t expected;
} Shared;

static gpointer
select_often (gpointer data)
{
  const Shared *shared = data;
  g_autofree uint32_t *rows = g_new (uint32_t, N_ROWS);

  for (int i = 0; i < 200; i++)
    g_assert_cmpuint (tide_predicate_select (shared->predicate, shared->batch, 0, N_ROWS, rows), ==,
                      shared->expected);
  return NULL;
}

static void
test_two_threads (void)
{
  g_autoptr (TideStreamRef) stream = make_stream ();
  g_autoptr (TideBatch) batch = NULL;
  g_autoptr (TidePredicate) predicate = must_parse ("status LIKE 'a%' OR \"order\" > 'a' AND count > 0", stream);
  g_autofree uint32_t *rows = g_new (uint32_t, N_ROWS);
  sqlite3 *db = NULL;
  Shared shared;
  GThread *threads[2];

  sqlite3_open (":memory:", &db);
  batch = make_rows (stream, db);
  sqlite3_close (db);
  shared = (Shared){ predicate, batch, tide_predicate_select (predicate, batch, 0, N_ROWS, rows) };
  for (int i = 0; i < 2; i++)
    threads[i] = g_thread_new ("select", select_often, &shared);
  for (int i = 0; i < 2; i++)
    g_thread_join (threads[i]);
}

static void
test_mutations (void)
{
  static const char alphabet[] = "()'\"=<>!,.-+ \t_%aeINORTnull0195\xc3\xa4\xff;";
  g_autoptr (TideStreamRef) stream = make_stream ();
  g_autoptr (TideBatchBuilder) builder = tide_batch_builder_new (stream);
  g_autoptr (TideBatch) batch = NULL;
  gint64 end = g_get_monotonic_time () + 300 * TIDE_MS;
  int n_parsed = 0;
  uint32_t row;

  tide_batch_builder_set_int (builder, TIDE_COLUMN_TIME, 0);
  tide_batch_builder_set_text (builder, TIDE_COLUMN_FIELD0 + 5, "delivered", 9);
  tide_batch_builder_end_row (builder, 0);
  batch = tide_batch_builder_finish (builder);
  for (int n = 0; n % 64 != 0 || g_get_monotonic_time () < end; n++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (TidePredicate) predicate = NULL;
      g_autoptr (GError) error = NULL;
      bool plain_times;

      append_predicate (text, 2, &plain_times);
      for (int i = between (0, 3); i > 0 && text->len > 0; i--)
        switch (between (0, 2))
          {
          case 0:
            text->str[between (0, (int) text->len - 1)] = alphabet[between (0, sizeof alphabet - 2)];
            break;
          case 1:
            g_string_erase (text, between (0, (int) text->len - 1), 1);
            break;
          default:
            g_string_truncate (text, (gsize) between (0, (int) text->len));
          }
      predicate = tide_predicate_new (text->str, stream, &error);
      g_assert_true ((predicate == NULL) == (error != NULL));
      if (predicate != NULL)
        {
          g_autofree char *sql = tide_predicate_to_sql (predicate);
          g_autoptr (TidePredicate) reread = must_parse (sql, stream);

          g_assert_cmpuint (tide_predicate_select (predicate, batch, 0, 1, &row), <=, 1);
          n_parsed++;
        }
      else
        g_assert_true (g_str_has_prefix (error->message, "column "));
    }
  g_assert_cmpint (n_parsed, >, 10);
}

int
main (int argc, char *argv[])
{
  const char *seed_text = g_getenv ("TIDE_TEST_SEED");
  guint32 seed = seed_text != NULL ? (guint32) g_ascii_strtoull (seed_text, NULL, 10) : g_random_int ();
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_message ("TIDE_TEST_SEED=%u", seed);
  random_source = g_rand_new_with_seed (seed);
  g_test_add_func ("/model/predicate/against-sqlite", test_against_sqlite);
  g_test_add_func ("/model/predicate/exact-decimals", test_exact_decimals);
  g_test_add_func ("/model/predicate/canonical", test_canonical);
  g_test_add_func ("/model/predicate/messages", test_messages);
  g_test_add_func ("/model/predicate/bounds", test_bounds);
  g_test_add_func ("/model/predicate/missing-columns", test_missing_columns);
  g_test_add_func ("/model/predicate/two-threads", test_two_threads);
  g_test_add_func ("/model/predicate/mutations", test_mutations);
  status = g_test_run ();
  g_rand_free (random_source);
  return status;
}
