/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads what Great Expectations (a validation result, a checkpoint's result in the forms of 0.x and 1.x) and dbt
 * (run_results.json) write, and tells by its members which it is. Only what a person looks at is kept: which check, on
 * what, how it ended, how many rows failed and why. Limits: a file has at most 64 MiB and 100,000 checks; samples of
 * wrong values and tracebacks are left out. */
#include "ingest-checks.h"

#include "ingest-tree.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

const char *
tide_check_status_to_string (TideCheckStatus status)
{
  static const char *const words[TIDE_N_CHECK_STATUSES] = { "pass", "skipped", "warn", "fail", "error" };

  return words[status];
}

static void
check_free (void *data)
{
  TideCheck *check = data;

  if (check == NULL)
    return;
  g_free (check->name);
  g_free (check->subject);
  g_free (check->detail);
  g_free (check);
}

void
tide_checks_free (TideChecks *checks)
{
  if (checks == NULL)
    return;
  g_free (checks->title);
  g_ptr_array_unref (checks->checks);
  g_free (checks);
}

static void
add_check (TideChecks *checks, const char *name, const char *subject, char *detail, TideCheckStatus status,
           double failures, double share)
{
  TideCheck *check = g_new0 (TideCheck, 1);

  check->name = g_strdup (name);
  check->subject = g_strdup (subject);
  check->detail = detail;
  check->status = status;
  check->failures = failures;
  check->share = share;
  checks->counts[status]++;
  g_ptr_array_add (checks->checks, check);
}

static void
set_time (TideChecks *checks, const char *text)
{
  TideTime time;

  if (text != NULL && tide_time_parse (text, strlen (text), NULL, &time)
      && (checks->time == TIDE_TIME_NONE || time > checks->time))
    checks->time = time;
}

/* dbt */

/* "test.shop.not_null_orders_amount.106140f9fd" → "not_null_orders_amount" and "test". */
static char *
dbt_name (const char *unique_id, char **ret_kind)
{
  g_auto (GStrv) parts = g_strsplit (unique_id, ".", -1);
  guint n = g_strv_length (parts);

  *ret_kind = n > 2 ? g_strdup (parts[0]) : NULL;
  if (n < 3)
    return g_strdup (unique_id);
  if (n > 3 && strlen (parts[n - 1]) == 10 && strspn (parts[n - 1], "0123456789abcdef") == 10)
    g_clear_pointer (&parts[n - 1], g_free);
  return g_strjoinv (".", parts + 2);
}

static TideCheckStatus
dbt_status (const char *status, bool *ret_known)
{
  static const struct
  {
    const char *word;
    TideCheckStatus status;
  } words[] = {
    { "pass", TIDE_CHECK_PASS },       { "success", TIDE_CHECK_PASS },         { "warn", TIDE_CHECK_WARN },
    { "fail", TIDE_CHECK_FAIL },       { "partial success", TIDE_CHECK_FAIL }, { "error", TIDE_CHECK_ERROR },
    { "skipped", TIDE_CHECK_SKIPPED }, { "no-op", TIDE_CHECK_SKIPPED },        { "runtime error", TIDE_CHECK_ERROR },
  };

  *ret_known = true;
  for (guint i = 0; status != NULL && i < G_N_ELEMENTS (words); i++)
    if (strcmp (status, words[i].word) == 0)
      return words[i].status;
  *ret_known = false;
  return TIDE_CHECK_ERROR;
}

static bool
add_dbt (const char *key, TideJsonNode node, void *data)
{
  TideChecks *checks = data;
  const char *unique_id = tide_json_node_get_text (node, "unique_id");
  const char *status_word = tide_json_node_get_text (node, "status");
  const char *message = tide_json_node_get_text (node, "message");
  g_autofree char *kind = NULL, *name = dbt_name (unique_id != NULL ? unique_id : "?", &kind);
  bool is_known;
  TideCheckStatus status = dbt_status (status_word, &is_known);
  double failures = NAN;

  tide_json_node_get_number (node, "failures", &failures);
  add_check (checks, name, kind,
             is_known ? g_strdup (message)
                      : g_strdup_printf ("status '%s' is not known", status_word != NULL ? status_word : ""),
             status, failures, NAN);
  return checks->checks->len < TIDE_CHECKS_MAX;
}

/* Great Expectations */

static bool
append_argument (const char *key, TideJsonNode node, void *data)
{
  GString *text = data;
  g_autofree char *value = NULL;

  if (strcmp (key, "column") == 0 || strcmp (key, "batch_id") == 0)
    return true;
  value = tide_json_node_to_text (node);
  if (value == NULL && tide_json_node_get_kind (node) == TIDE_JSON_NULL)
    return true;
  g_string_append_printf (text, "%s%s=%s", text->len > 0 ? ", " : "", key, value != NULL ? value : "…");
  return text->len < 200;
}

static char *
describe_arguments (TideJsonNode kwargs)
{
  GString *text = g_string_new (NULL);

  tide_json_node_each (kwargs, append_argument, text);
  return g_string_free (text, text->len == 0);
}

typedef struct
{
  bool raised;
  const char *message;
} Raised;

static bool
find_raised (const char *key, TideJsonNode node, void *data)
{
  Raised *raised = data;

  if (tide_json_node_get_bool (node, "raised_exception", &raised->raised) && raised->raised)
    raised->message = tide_json_node_get_text (node, "exception_message");
  return !raised->raised;
}

/* Either of the expectation itself, or of each figure that it needed. */
static Raised
get_raised (TideJsonNode result)
{
  Raised raised = { false, NULL };
  TideJsonNode info;

  if (!tide_json_node_get (result, "exception_info", &info))
    return raised;
  find_raised (NULL, info, &raised);
  if (!raised.raised)
    tide_json_node_each (info, find_raised, &raised);
  return raised;
}

static TideCheckStatus
failed_status (TideJsonNode config)
{
  const char *severity = tide_json_node_get_text (config, "severity");

  return severity != NULL && (strcmp (severity, "warning") == 0 || strcmp (severity, "info") == 0) ? TIDE_CHECK_WARN
                                                                                                    : TIDE_CHECK_FAIL;
}

static bool
add_expectation (const char *key, TideJsonNode node, void *data)
{
  TideChecks *checks = data;
  TideJsonNode config = node, kwargs, figures; /* a description has them in the result itself */
  Raised raised = get_raised (node);
  const char *name, *subject = NULL;
  char *detail = NULL;
  double failures = NAN, percent = NAN;
  bool success = false;

  tide_json_node_get (node, "expectation_config", &config);
  name = tide_json_node_get_text (config, "type");
  if (name == NULL)
    name = tide_json_node_get_text (config, "expectation_type");
  if (tide_json_node_get (config, "kwargs", &kwargs))
    {
      subject = tide_json_node_get_text (kwargs, "column");
      detail = describe_arguments (kwargs);
    }
  if (tide_json_node_get (node, "result", &figures))
    {
      tide_json_node_get_number (figures, "unexpected_count", &failures);
      tide_json_node_get_number (figures, "unexpected_percent", &percent);
    }
  if (raised.raised && raised.message != NULL)
    {
      g_free (detail);
      detail = g_strdup (raised.message);
    }
  tide_json_node_get_bool (node, "success", &success);
  add_check (checks, name != NULL ? name : "?", subject, detail,
             success ? TIDE_CHECK_PASS : raised.raised ? TIDE_CHECK_ERROR : failed_status (config), failures,
             percent / 100);
  return checks->checks->len < TIDE_CHECKS_MAX;
}

static void
add_title (TideChecks *checks, const char *title)
{
  g_autofree char *before = checks->title;

  if (title == NULL || (before != NULL && strstr (before, title) != NULL))
    {
      checks->title = g_steal_pointer (&before);
      return;
    }
  checks->title = before != NULL ? g_strdup_printf ("%s, %s", before, title) : g_strdup (title);
}

static bool
add_validation (const char *key, TideJsonNode node, void *data)
{
  TideChecks *checks = data;
  TideJsonNode inner, meta, run, list;

  if (tide_json_node_get (node, "validation_result", &inner))
    node = inner;
  add_title (checks, tide_json_node_get_text (node, "suite_name"));
  if (tide_json_node_get (node, "meta", &meta))
    {
      add_title (checks, tide_json_node_get_text (meta, "expectation_suite_name"));
      if (tide_json_node_get (meta, "run_id", &run))
        set_time (checks, tide_json_node_get_text (run, "run_time"));
    }
  if (tide_json_node_get (node, "results", &list) || tide_json_node_get (node, "expectations", &list))
    tide_json_node_each (list, add_expectation, checks);
  return checks->checks->len < TIDE_CHECKS_MAX;
}

/* The whole */

static bool
read_root (TideChecks *checks, TideJsonNode root)
{
  TideJsonNode metadata, list;
  bool has_success, success;

  if (tide_json_node_get (root, "metadata", &metadata) && tide_json_node_get_text (metadata, "dbt_schema_version") != NULL)
    {
      if (!tide_json_node_get (root, "results", &list) || tide_json_node_get_kind (list) != TIDE_JSON_ARRAY)
        return false; /* another of dbt's files */
      checks->tool = "dbt";
      set_time (checks, tide_json_node_get_text (metadata, "generated_at"));
      tide_json_node_each (list, add_dbt, checks);
      return true;
    }
  checks->tool = "Great Expectations";
  has_success = tide_json_node_get_bool (root, "success", &success);
  if (tide_json_node_get (root, "validation_results", &list) || tide_json_node_get (root, "run_results", &list))
    tide_json_node_each (list, add_validation, checks);
  else if (has_success && tide_json_node_get (root, "results", &list))
    add_validation (NULL, root, checks);
  else
    return false;
  return true;
}

/**
 * tide_checks_parse:
 *
 * Errors: INVALID when it is no JSON, or no result of checks.
 * Thread: any.
 */
TideChecks *
tide_checks_parse (const char *data, gsize len, GError **error)
{
  const char *reason = NULL;
  g_autoptr (TideJsonTree) tree = tide_json_tree_new (data, len, &reason);
  g_autoptr (TideChecks) checks = NULL;

  if (tree == NULL)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "it is no JSON: %s", reason);
      return NULL;
    }
  checks = g_new0 (TideChecks, 1);
  checks->time = TIDE_TIME_NONE;
  checks->checks = g_ptr_array_new_with_free_func (check_free);
  if (read_root (checks, tide_json_tree_get_root (tree)))
    return g_steal_pointer (&checks);
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID,
               "it holds no results of checks; expected dbt's run_results.json, or a validation or checkpoint result "
               "of Great Expectations");
  return NULL;
}

/* A regular file of at most @max bytes. A pipe would hold the worker. */
char *
tide_checks_read_file (const char *path, gsize max, gsize *ret_len, GError **error)
{
  struct stat info;
  g_autofree char *data = NULL;

  if (stat (path, &info) != 0)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND, "there is no file %s", path);
      return NULL;
    }
  if (!S_ISREG (info.st_mode) || (guint64) info.st_size > max)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_INVALID, "%s is no file of at most %" G_GSIZE_FORMAT " MiB", path, max >> 20);
      return NULL;
    }
  return g_file_get_contents (path, &data, ret_len, error) ? g_steal_pointer (&data) : NULL;
}

/**
 * tide_checks_load:
 *
 * Errors: NOT_FOUND, INVALID; the message names the file. One that is being written may be cut off: read it again when
 * it changes.
 * Thread: not main.
 */
TideChecks *
tide_checks_load (const char *path, GError **error)
{
  gsize len = 0;
  g_autofree char *data = tide_checks_read_file (path, TIDE_CHECKS_BYTES_MAX, &len, error);
  TideChecks *checks = data != NULL ? tide_checks_parse (data, len, error) : NULL;

  if (data != NULL && checks == NULL)
    g_prefix_error (error, "%s: ", path);
  return checks;
}
