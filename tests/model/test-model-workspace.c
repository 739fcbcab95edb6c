/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sound workspace is read whole; each mistake is named with its line and what is expected; nothing crashes it. */
#include "fake-catalog.h"

#include <glib/gstdio.h>
#include <string.h>

/* Lines are counted from 1. */
static const char *const sample[] = {
  /*  1 */ "# Food delivery",
  /*  2 */ "[workspace]",
  /*  3 */ "version=1",
  /*  4 */ "name=Food delivery",
  /*  5 */ "time-zone=Europe/Berlin",
  /*  6 */ "[batch]",
  /*  7 */ "rollup=*/5 * * * *",
  /*  8 */ "rollup-bytes=8MB",
  /*  9 */ "[storage]",
  /* 10 */ "max-size=2GB",
  /* 11 */ "retention=30d",
  /* 12 */ "[live]",
  /* 13 */ "horizon=10min",
  /* 14 */ "[source orders]",
  /* 15 */ "kind=kafka",
  /* 16 */ "brokers=127.0.0.1:9092",
  /* 17 */ "topic=orders",
  /* 18 */ "stream=orders",
  /* 19 */ "property.client.id=x",
  /* 20 */ "[stream orders]",
  /* 21 */ "format=json",
  /* 22 */ "time=created_at",
  /* 23 */ "key=order_id",
  /* 24 */ "filter=kind = 'order'",
  /* 25 */ "lateness=20s",
  /* 26 */ "retention=forever",
  /* 27 */ "[field orders.created_at]",
  /* 28 */ "type=time",
  /* 29 */ "[field orders.order_id]",
  /* 30 */ "type=int",
  /* 31 */ "[field orders.kind]",
  /* 32 */ "type=text",
  /* 33 */ "values=order, refund",
  /* 34 */ "[field orders.amount]",
  /* 35 */ "path=payment.amount",
  /* 36 */ "type=decimal(2)",
  /* 37 */ "unit=EUR",
  /* 38 */ "required=true",
  /* 39 */ "min=0",
  /* 40 */ "[field orders.city]",
  /* 41 */ "type=text",
  /* 42 */ "pattern=^[A-Z]\\\\w*\\s?$",
  /* 43 */ "max-length=40",
  /* 44 */ "[metric basket]",
  /* 45 */ "aggregate=ratio(revenue, orders-count)",
  /* 46 */ "[metric revenue]",
  /* 47 */ "stream=orders",
  /* 48 */ "aggregate=sum(amount)",
  /* 49 */ "where=kind = 'order' AND amount > 0",
  /* 50 */ "by=city",
  /* 51 */ "every=1min",
  /* 52 */ "tier=real-time",
  /* 53 */ "freshness=5s",
  /* 54 */ "tolerance=1%",
  /* 55 */ "[metric orders-count]",
  /* 56 */ "stream=orders",
  /* 57 */ "aggregate=count",
  /* 58 */ "by=city",
  /* 59 */ "tier=micro-batch",
  /* 60 */ "refresh=30s",
  /* 61 */ "[analysis nightly-revenue]",
  /* 62 */ "schedule=0 2 * * *",
  /* 63 */ "sql=nightly.sql",
  /* 64 */ "missed=all",
  /* 65 */ "timeout=5min",
  /* 66 */ "[report daily]",
  /* 67 */ "metrics=revenue, basket",
  /* 68 */ "from=-1d",
  /* 69 */ "every=1h",
  /* 70 */ "schedule=0 6 * * *",
  /* 71 */ "output=reports/daily-%F.csv",
  /* 72 */ "[alert revenue-high]",
  /* 73 */ "metric=revenue",
  /* 74 */ "condition=above",
  /* 75 */ "threshold=2%",
  /* 76 */ "clear=1.6%",
  /* 77 */ "for=30s",
  /* 78 */ "groups=Berlin; Ham*",
  /* 79 */ "routes=desktop, on-call",
  /* 80 */ "severity=critical",
  /* 81 */ "[route on-call]",
  /* 82 */ "kind=webhook",
  /* 83 */ "url=https://example.org/hook",
  /* 84 */ "auth=hmac",
};

/* A folder with analyses/nightly.sql, made once. */
static char *folder;

/* The sample with one line replaced (line 0: added at the end); @text may hold several lines. */
static char *
edited (guint line, const char *text)
{
  GString *out = g_string_new (NULL);
  for (guint i = 1; i <= G_N_ELEMENTS (sample); i++)
    if (i != line || text != NULL)
      g_string_append_printf (out, "%s\n", i == line ? text : sample[i - 1]);
  if (line == 0 && text != NULL)
    g_string_append_printf (out, "%s\n", text);
  return g_string_free (out, FALSE);
}

static TideWorkspace *
parse (const char *text, GPtrArray **ret_problems)
{
  *ret_problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  TideWorkspace *workspace = tide_workspace_parse (folder, text, &fake_catalog, *ret_problems);
  for (guint i = 0; i < (*ret_problems)->len; i++)
    {
      const TideProblem *problem = g_ptr_array_index (*ret_problems, i);
      g_test_message ("%s:%d: %s", problem->file, problem->line, problem->message);
    }
  return workspace;
}

static void
test_sound (void)
{
  g_autofree char *text = edited (0, NULL);
  g_autoptr (GPtrArray) problems = NULL;
  g_autoptr (TideWorkspace) workspace = parse (text, &problems);
  g_assert_cmpuint (problems->len, ==, 0);
  g_assert_cmpstr (workspace->dir, ==, folder);
  g_assert_cmpstr (workspace->name, ==, "Food delivery");
  g_assert_cmpstr (g_time_zone_get_identifier (workspace->zone), ==, "Europe/Berlin");
  g_assert_nonnull (workspace->rollup_schedule);
  g_assert_cmpint (workspace->rollup_bytes, ==, 8000000);
  g_assert_cmpint (workspace->max_bytes, ==, 2000000000);
  g_assert_cmpint (workspace->live_horizon, ==, 10 * TIDE_MINUTE);

  const TideStream *stream = tide_workspace_get_stream (workspace, "orders");
  g_assert_cmpuint (stream->n_fields, ==, 5);
  g_assert_cmpint (stream->time_field, ==, 0);
  g_assert_cmpint (stream->key_field, ==, 1);
  g_assert_cmpint (stream->lateness, ==, 20 * TIDE_SECOND);
  g_assert_cmpint (stream->retention, ==, 0);
  g_assert_nonnull (stream->filter);
  g_assert_cmpstr (stream->fields[2]->values[1], ==, "refund");
  g_assert_cmpfloat (stream->fields[3]->min, ==, 0);
  g_assert_true (stream->fields[3]->required);
  g_assert_cmpstr (g_regex_get_pattern (stream->fields[4]->pattern), ==, "^[A-Z]\\w* ?$");

  TideSourceDef *source = tide_workspace_get_source (workspace, "orders");
  g_assert_true (source->enabled);
  g_assert_true (source->spec == &fake_kafka);
  g_assert_cmpstr (tide_source_def_get (source, "start"), ==, "earliest");
  g_assert_cmpstr (tide_source_def_get (source, "property.client.id"), ==, "x");
  g_assert_null (tide_source_def_get (source, "kind"));

  g_assert_cmpuint (workspace->metrics->len, ==, 3);
  TideMetric *basket = g_ptr_array_index (workspace->metrics, 2); /* after what it is made of */
  g_assert_cmpstr (basket->name, ==, "basket");
  g_assert_true (basket->numerator == tide_workspace_get_metric (workspace, "revenue"));
  g_assert_true (basket->zone == workspace->zone);

  TideAnalysis *analysis = tide_workspace_get_analysis (workspace, "nightly-revenue");
  g_assert_cmpstr (analysis->sql_file, ==, "nightly.sql");
  g_assert_cmpstr (analysis->title, ==, "Nightly revenue");
  g_assert_cmpstr (analysis->time_zone, ==, "Europe/Berlin");
  g_assert_cmpint (analysis->missed, ==, TIDE_MISSED_ALL);
  g_assert_cmpint (analysis->timeout, ==, 5 * TIDE_MINUTE);
  TideReport *report = tide_workspace_get_report (workspace, "daily");
  g_assert_cmpstr (report->metrics[1], ==, "basket");
  g_assert_cmpstr (report->view, ==, "merged");
  g_assert_null (tide_workspace_get_report (workspace, "weekly"));
}

static void
test_alerts (void)
{
  g_autofree char *text = edited (0, "[alert drop]\nmetric=revenue\ncondition=change\nthreshold=-30%\nrunbook=https://a.b/c\n"
                                     "[alert late]\nmetric=revenue\ncondition=freshness\nroutes=none");
  g_autoptr (GPtrArray) problems = NULL;
  g_autoptr (TideWorkspace) workspace = parse (text, &problems);
  g_assert_cmpuint (problems->len, ==, 0);
  const TideAlert *alert = tide_workspace_get_alert (workspace, "revenue-high");
  g_assert_cmpstr (alert->title, ==, "Revenue high");
  g_assert_cmpstr (alert->stream, ==, "orders");
  g_assert_cmpfloat_with_epsilon (alert->threshold, 0.02, 1e-15);
  g_assert_cmpfloat_with_epsilon (alert->clear, 0.016, 1e-15);
  g_assert_cmpint (alert->hold, ==, 30 * TIDE_SECOND);
  g_assert_cmpint (alert->severity, ==, TIDE_SEVERITY_CRITICAL);
  g_assert_cmpint (alert->no_data, ==, TIDE_NO_DATA_KEEP);
  g_assert_cmpstr (alert->routes[1], ==, "on-call");
  g_assert_true (tide_alert_takes_group (alert, "Berlin"));
  g_assert_true (tide_alert_takes_group (alert, "Hamburg"));
  g_assert_false (tide_alert_takes_group (alert, "Berlin, card"));
  const TideAlert *drop = tide_workspace_get_alert (workspace, "drop");
  g_assert_cmpint (drop->compare, ==, TIDE_COMPARE_BELOW);
  g_assert_true (drop->relative);
  g_assert_cmpint (drop->within, ==, 10 * TIDE_MINUTE);
  g_assert_cmpstr (drop->routes[0], ==, "desktop");
  const TideAlert *late = tide_workspace_get_alert (workspace, "late");
  g_assert_cmpfloat (late->threshold, ==, 5); /* the metric's objective */
  g_assert_null (late->routes[0]);
  g_assert_cmpint (tide_workspace_get_route (workspace, "on-call")->auth, ==, TIDE_ROUTE_AUTH_HMAC);

  /* Only what decides states is in the version. */
  g_autofree char *other_title = edited (80, "title=Another\nseverity=info"), *other_limit = edited (75, "threshold=3%");
  g_autoptr (GPtrArray) none = NULL, none_either = NULL;
  g_autoptr (TideWorkspace) renamed = parse (other_title, &none), changed = parse (other_limit, &none_either);
  g_assert_cmpstr (tide_workspace_get_alert (renamed, "revenue-high")->version, ==, alert->version);
  g_assert_cmpstr (tide_workspace_get_alert (changed, "revenue-high")->version, !=, alert->version);
}

static void
test_defaults (void)
{
  g_autoptr (GPtrArray) problems = NULL;
  g_autoptr (TideWorkspace) workspace = parse ("[workspace]\nversion=1\nname=x\n[stream s]\n", &problems);
  g_assert_cmpuint (problems->len, ==, 0);
  g_assert_cmpstr (workspace->zone_name, ==, "UTC");
  g_assert_cmpstr (workspace->rollup_text, ==, "every 15min");
  g_assert_cmpint (workspace->rollup_bytes, ==, 16000000);
  g_assert_cmpint (workspace->max_bytes, ==, 0);
  g_assert_cmpint (workspace->live_horizon, ==, 15 * TIDE_MINUTE);
  g_assert_cmpint (tide_workspace_get_stream (workspace, "s")->lateness, ==, 10 * TIDE_SECOND);
}

/* What is wrong, at which line of the edited file, and words of the message. */
typedef struct
{
  guint line;
  const char *text;
  int at;
  const char *says;
} Mistake;

#define END ((int) G_N_ELEMENTS (sample) + 1)

static const Mistake mistakes[] = {
  /* Alerts and routes. */
  { 73, "metric=revenu", 73, "[alert revenue-high] metric: there is no [metric revenu]; did you mean 'revenue'?" },
  { 73, NULL, 72, "[alert revenue-high] has no metric=; expected what the rule is about" },
  { 73, "stream=orders", 73, "the condition 'above' takes no stream=" },
  { 74, "condition=abov", 74, "there is no condition 'abov'; expected one of: above, outside, change" },
  { 74, NULL, 72, "[alert revenue-high] has no condition=; expected a condition such as above" },
  { 74, "condition=outside", 75, "the condition 'outside' takes no threshold=" },
  { 0, "[alert o]\nmetric=revenue\ncondition=outside\nhigh=2", END, "has no low=; expected a number" },
  { 75, "threshold=much", 75, "'much' is wrong; expected a number such as 1.5, or a share such as 2%" },
  { 75, NULL, 72, "has no threshold=; expected a number, or a share such as 2%" },
  { 76, "clear=3%", 76, "above threshold=: the rule would clear before it fires" },
  { 76, "within=10min", 76, "the condition 'above' takes no within=" },
  { 77, "for=31d", 77, "from 0s to 30d" },
  { 78, "groups=Berlin;", 78, "an empty one in it" },
  { 0, "[metric m]\nstream=orders\naggregate=count\nevery=1min\n[alert g]\nmetric=m\ncondition=above\nthreshold=1\ngroups=a", END + 8, "the metric has no groups" },
  { 0, "[alert r]\nmetric=revenue\ncondition=ratio\nthreshold=1\ndivided-by=basket", END + 4, "a ratio of a ratio" },
  { 79, "routes=desktop, oncall", 79, "there is no [route oncall]; expected desktop, sound, none or the name of a route; did you mean 'on-call'?" },
  { 80, "severity=high", 80, "one of info, warning, critical" },
  { 80, "no-data=ignore", 80, "one of keep, normal, alert" },
  { 80, "runbook=file:///etc/passwd", 80, "an address such as https://example.org/runbook" },
  { 82, "kind=command", 82, "a workspace may not name a command to run" },
  { 82, "kind=mail", 82, "'mail' is wrong; expected webhook" },
  { 83, NULL, 81, "[route on-call] has no url=" },
  { 83, "url=https://me:secret@example.org/hook", 83, "a password does not belong in the workspace file" },
  { 83, "url=ws://example.org/hook", 83, "expected an address that starts with https:// or http://" },
  { 81, "[route desktop]", 81, "the name is built in" },
  { 0, "[alert c]\nmetric=revenue\ncondition=change\nthreshold=-30%\nwithin=90s", END + 4, "multiple of 1min" },
  { 0, "[alert c]\nmetric=revenue\ncondition=change\nthreshold=-30%\nclear=-40%", END + 4, "below threshold=: the rule would clear before it fires" },
  { 0, "[alert c]\nmetric=revenue\ncondition=change\nthreshold=-30%\nclear=-20", END + 4, "both in % or neither" },
  { 0, "[alert r]\nmetric=revenue\ncondition=ratio\nthreshold=1", END, "has no divided-by=" },
  { 0, "[metric m]\nstream=orders\naggregate=count\nevery=5min\n[alert r]\nmetric=revenue\ncondition=ratio\nthreshold=1\ndivided-by=m", END + 8, "the same panes" },
  { 0, "[metric m]\nstream=orders\naggregate=count\nby=kind\nevery=1min\n[alert r]\nmetric=revenue\ncondition=ratio\nthreshold=1\ndivided-by=m", END + 9, "a different by=" },
  { 0, "[alert l]\nstream=orders\ncondition=lag\nthreshold=5", END + 3, "a unit" },
  { 0, "[alert l]\nstream=orders\ncondition=lag\nthreshold=5s\nno-data=alert", END + 4, "takes no no-data=" },
  { 0, "[alert f]\nstream=orders\ncondition=freshness", END, "has no threshold=; expected a time such as 30s" },
  { 0, "[alert f]\nstream=orders\nmetric=revenue\ncondition=freshness\nthreshold=1s", END + 1, "a rule is about one thing" },
  { 0, "[alert d]\nsource=order\ncondition=source-down", END + 1, "there is no [source order]; did you mean 'orders'?" },
  { 0, "[alert o]\nmetric=revenue\ncondition=outside\nlow=3\nhigh=2", END + 4, "not above low=" },
  /* Sections and keys. */
  { 12, "[lve]", 12, "did you mean 'live'?" },
  { 12, "[live x]", 12, "expected [live]" },
  { 44, "[metric]", 44, "expected [metric NAME]" },
  { 44, "[metric a b]", 44, "is no name" },
  { 44, "[metric revenue]", 46, "stands twice, first in line 44" },
  { 14, "[source orders]\nkind=file\npath=x\nstream=orders\n[source orders]", 18, "stands twice" },
  { 12, "stray line\n[live]", 12, "expected [section]" },
  { 21, "fromat=json", 21, "did you mean 'format'?" },
  { 17, "topik=orders", 17, "did you mean 'topic'?" },
  { 38, "masked=true", 38, "there is no key 'masked'" },
  { 54, "every=2min", 54, "stands twice in this section, first in line 51" },
  { 17, NULL, 14, "[source orders] has no topic=; expected a topic" },
  { 48, NULL, 46, "has no aggregate=" },
  { 36, NULL, 34, "has no type=" },
  { 4, "name=", 4, "the value is missing" },
  { 35, "path=C:\\data", 35, "backslash" },
  /* Values. */
  { 3, "version=2", 3, "newer Tidemark" },
  { 3, "version=0", 3, "expected version=1" },
  { 3, "version=one", 3, "whole number" },
  { 5, "time-zone=Europe/Berlim", 5, "time-zone" },
  { 7, "rollup=61 * * * *", 7, "rollup" },
  { 8, "rollup-bytes=8 potatoes", 8, "16MB" },
  { 8, "rollup-bytes=1kB", 8, "at least 64kB" },
  { 11, "retention=0s", 11, "retention" },
  { 13, "horizon=7h", 13, "from 1min to 6h" },
  { 15, "kind=kafak", 15, "did you mean 'kafka'?" },
  { 16, "brokers=127.0.0.1", 16, "host:port" },
  { 19, "property.sasl.password=x", 19, "may not be set" },
  { 18, "stream=order", 18, "did you mean 'orders'?" },
  { 18, "stream=orders\nenabled=perhaps", 19, "neither true nor false" },
  { 21, "format=xml", 21, "one of json, csv" },
  { 22, "time=created", 22, "did you mean 'created_at'?" },
  { 22, "time=order_id", 22, "expected a field of type time" },
  { 23, "key=orderid", 23, "did you mean 'order_id'?" },
  { 24, "filter=kind ==", 24, "filter" },
  { 25, "lateness=soon", 25, "lateness" },
  { 20, "[stream Position]\n[stream orders]", 20, "taken by a table" },
  { 20, "[stream Orders]\n[stream orders]", 21, "case does not count" },
  { 61, "[analysis orders]", 61, "has the name of [stream orders] in line 20" },
  { 61, "[analysis gap]", 61, "taken by a table" },
  /* Fields. */
  { 31, "[field orders.Amount]\ntype=int\n[field orders.kind]", 36, "differs only in case" },
  { 31, "[field kind]\n[field orders.kind]", 31, "[field STREAM.NAME]" },
  { 40, "[field order.x]\ntype=int\n[field orders.city]", 40, "there is no [stream order]; did you mean 'orders'?" },
  { 40, "[field orders._x]\ntype=int\n[field orders.city]", 40, "is no name" },
  { 30, "type=integer", 30, "type" },
  { 35, "path=payment..amount", 35, "empty part" },
  { 39, "min=zero", 39, "a number" },
  { 39, "min=3\nmax=2", 40, "less than min" },
  { 30, "type=int\npattern=x", 31, "this rule is for text" },
  { 41, "type=text\nmin=1", 42, "this rule is for numbers" },
  { 42, "pattern=(", 42, "pattern" },
  { 43, "max-length=-1", 43, "from 0" },
  { 33, "values=,", 33, "no value in it" },
  { 38, "values=1, 2.505", 38, "'2.505' is wrong" },
  { 43, "severity.patern=warn", 43, "did you mean 'pattern'?" },
  { 43, "severity.pattern=info", 43, "expected warn or error" },
  { 43, "limit.pattern=lots", 43, "a share such as 0.1%" },
  { 43, "unique=soon", 43, "unique" },
  { 43, "monotonic=key", 43, "numbers and times" },
  { 43, "map=a-b", 43, "such as euro: EUR" },
  { 43, "clamp=true", 43, "expected min= or max= as well" },
  { 39, "mask=true", 39, "this rule is for text" },
  { 39, "default=cheap", 39, "field's type" },
  { 25, "min-volume=many", 25, "100/10min" },
  { 25, "severity.freshness=warn", 25, "expected a rule first" },
  /* Metrics. */
  { 47, "stream=odrers", 47, "did you mean 'orders'?" },
  { 47, NULL, 46, "stream" },
  { 48, "aggregate=sum(amuont)", 48, "did you mean 'amount'?" },
  { 48, "aggregate=sum(city)", 48, "which is text" },
  { 48, "aggregate=total(amount)", 48, "there is no aggregate 'total'" },
  { 49, "where=amount >> 0", 49, "where" },
  { 49, "where=amuont > 0", 49, "where" },
  { 50, "by=town", 50, "there is no field 'town'" },
  { 51, "every=7min", 51, "every" },
  { 51, "every=1min\nover=90s", 52, "multiple of 1min" },
  { 52, "tier=fast", 52, "real-time" },
  { 53, "refresh=5s", 53, "micro-batch only" },
  { 60, NULL, 59, "refresh=30s" },
  { 45, "aggregate=ratio(revenue, orders-cuont)", 45, "did you mean 'orders-count'?" },
  { 45, "aggregate=ratio(revenue, basket)", 45, "depends on itself" },
  { 44, "[metric x]\naggregate=ratio(basket, revenue)\n[metric basket]", 45, "'basket' is a ratio" },
  { 58, "by=kind", 45, "different by=" },
  /* Analyses and reports. */
  { 62, "schedule=30 2 31 2 *", 62, "schedule" },
  { 63, "sql=nightli.sql", 63, "there is no file analyses/nightli.sql" },
  { 63, "sql=../../x.sql", 63, "leaves the workspace" },
  { 63, "sql=../workspace.conf", 63, "outside analyses/" },
  { 64, "missed=never", 64, "once, all, skip" },
  { 65, "retries=11", 65, "from 0 to 10" },
  { 0, "[checks dbt]\ntitle=Nightly", 85, "path" },
  { 0, "[checks dbt]\npath=", 86, "run_results.json" },
  { 67, "metrics=revenue, baskett", 67, "did you mean 'basket'?" },
  { 68, "from=yesterday", 68, "from" },
  { 68, "from=-1d\nto=-2d", 69, "later time" },
  { 69, "every=90s", 69, "multiple of 1min" },
  { 71, "output=/etc/x.csv", 71, "leaves the workspace" },
  { 71, "output=workspace.conf", 71, "Tidemark's own" },
  { 71, NULL, 66, "no output=" },
  { 0, "[report r]\nmetrics=revenue\nview=al", END + 2, "live, historical, merged" },
};

static bool
has_problem (GPtrArray *problems, int line, const char *says)
{
  for (guint i = 0; i < problems->len; i++)
    {
      const TideProblem *problem = g_ptr_array_index (problems, i);
      if (problem->line == line && strstr (problem->message, says) != NULL)
        return true;
    }
  return false;
}

static void
test_mistakes (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      const Mistake *mistake = &mistakes[i];
      g_autofree char *text = edited (mistake->line, mistake->text);
      g_autoptr (GPtrArray) problems = NULL;
      g_test_message ("-- line %u: %s", mistake->line, mistake->text != NULL ? mistake->text : "(gone)");
      g_autoptr (TideWorkspace) workspace = parse (text, &problems);
      if (!has_problem (problems, mistake->at, mistake->says))
        g_error ("line %u as '%s': expected a problem in line %d with \"%s\"", mistake->line, mistake->text, mistake->at,
                 mistake->says);
      /* One mistake makes little noise: what rests on it is silent. */
      g_assert_cmpuint (problems->len, <=, 3);
      for (guint k = 1; k < problems->len; k++)
        g_assert_cmpint (((TideProblem *) problems->pdata[k - 1])->line, <=, ((TideProblem *) problems->pdata[k])->line);
    }
}

/* A wrong field is reported once, and nothing that rests on it is in the workspace. */
static void
test_no_cascade (void)
{
  g_autofree char *text = edited (36, "type=money");
  g_autoptr (GPtrArray) problems = NULL;
  g_autoptr (TideWorkspace) workspace = parse (text, &problems);
  g_assert_cmpuint (problems->len, ==, 1);
  g_assert_null (tide_workspace_get_stream (workspace, "orders"));
  g_assert_cmpuint (workspace->metrics->len, ==, 0);
  g_assert_cmpuint (workspace->sources->len, ==, 0);
  g_assert_cmpuint (workspace->reports->len, ==, 0);
  g_assert_cmpuint (workspace->analyses->len, ==, 1);
}

/* All that is wrong with a metric is named, not only the first. */
static void
test_all_keys (void)
{
  g_autofree char *text = edited (0, "[metric m]\nstream=orders\naggregate=count\nby=town\nevery=7min\ntier=fast\ntolerance=x");
  g_autoptr (GPtrArray) problems = NULL;
  g_autoptr (TideWorkspace) workspace = parse (text, &problems);
  g_assert_cmpuint (problems->len, ==, 4);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpint (((TideProblem *) problems->pdata[i])->line, ==, END + 3 + (int) i);
  g_assert_null (tide_workspace_get_metric (workspace, "m"));
}

static void
test_cycle (void)
{
  g_autofree char *text = edited (0, "[metric a]\naggregate=ratio(b, revenue)\n[metric b]\naggregate=ratio(c, revenue)\n"
                                     "[metric c]\naggregate=ratio(revenue, a)");
  g_autoptr (GPtrArray) problems = NULL;
  g_autoptr (TideWorkspace) workspace = parse (text, &problems);
  g_assert_cmpuint (problems->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_nonnull (strstr (((TideProblem *) problems->pdata[i])->message, "depends on itself"));
}

/* A message is one short line, whatever stands in the file. */
static void
test_messages (void)
{
  g_autofree char *long_value = g_strnfill (30000, '(');
  g_autofree char *line = g_strconcat ("pattern=", long_value, NULL);
  const char *const lines[] = { line, "pattern=(\\n\\t" };
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autofree char *text = edited (42, lines[i]);
      g_autoptr (GPtrArray) problems = NULL;
      g_autoptr (TideWorkspace) workspace = parse (text, &problems);
      g_assert_true (has_problem (problems, 42, "pattern"));
      const char *message = ((TideProblem *) problems->pdata[0])->message;
      g_assert_cmpuint (strlen (message), <, 600);
      g_assert_null (strpbrk (message, "\n\t"));
    }
}

static void
test_not_text (void)
{
  static const char *const texts[] = { "[workspace]\nversion=1\nname=\xff\n", "\n\n\xc3(" };
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GPtrArray) problems = NULL;
      g_autoptr (TideWorkspace) workspace = parse (texts[i], &problems);
      g_assert_cmpuint (problems->len, ==, 1);
      g_assert_true (has_problem (problems, 3, "UTF-8"));
    }
  g_autofree char *large = g_strnfill (4 * 1024 * 1024 + 1, '#');
  g_autoptr (GPtrArray) problems = NULL;
  g_autoptr (TideWorkspace) workspace = parse (large, &problems);
  g_assert_true (has_problem (problems, 0, "4 MiB"));
}

static void
test_load_and_save (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_dir_make_tmp ("tide-workspace-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, TIDE_WORKSPACE_FILE, NULL);
  g_assert_null (tide_workspace_load (dir, &fake_catalog, NULL, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND);
  g_clear_error (&error);

  static const char text[] = "# mine\n[workspace]\nversion = 1\nname=x\n";
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_cmpint (g_chmod (path, 0640), ==, 0);
  g_autoptr (TideWorkspace) workspace = tide_workspace_load (dir, &fake_catalog, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (TideConf) conf = tide_conf_copy (workspace->conf);
  tide_conf_set (conf, "workspace", "name", "y");
  g_assert_true (tide_workspace_save (dir, conf, &error));
  g_assert_no_error (error);
  g_autoptr (TideWorkspace) again = tide_workspace_load (dir, &fake_catalog, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again->name, ==, "y");
  g_assert_cmpstr (workspace->name, ==, "x");
  GStatBuf info;
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0640);
  /* Nothing is left beside it. */
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
  g_assert_false (tide_workspace_save (dir, conf, &error));
  g_assert_nonnull (error);
}

/* Bytes replaced, lines moved, doubled and cut, pieces of syntax put in: whatever comes, it is read or named. */
static void
mutate (GRand *rand, GString *text)
{
  static const char *const pieces[] = { "[", "]", "=", "\n", "#", "\\", "'", "(", ")", "\xff", "\t", "9", "-", "%", ",",
                                        "[metric x]\n", "[field orders.x]\n", "by=", "ratio(", "1e999", "every=" };
  gsize at = text->len == 0 ? 0 : (gsize) g_rand_int_range (rand, 0, (gint32) text->len);
  gsize wanted = (gsize) g_rand_int_range (rand, 1, 40), len = MIN (text->len - at, wanted);
  const char *piece = pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))];
  switch (g_rand_int_range (rand, 0, 5))
    {
    case 0:
      g_string_erase (text, (gssize) at, (gssize) len);
      break;
    case 1:
      g_string_insert (text, (gssize) at, piece);
      break;
    case 2:
      if (text->len > 0)
        text->str[at] = (char) g_rand_int_range (rand, 1, 256);
      break;
    case 3:
      {
        g_autofree char *copy = g_strndup (text->str + at, len);
        g_string_insert (text, g_rand_int_range (rand, 0, (gint32) text->len + 1), copy);
        break;
      }
    default:
      {
        /* The rest of a line gives way to the rest of another. */
        gsize other = (gsize) g_rand_int_range (rand, 0, (gint32) text->len + 1);
        g_autofree char *copy = g_strndup (text->str + other, strcspn (text->str + other, "\n"));
        g_string_erase (text, (gssize) at, (gssize) strcspn (text->str + at, "\n"));
        g_string_insert (text, (gssize) at, copy);
        break;
      }
    }
}

static void
test_fuzz (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (test_seed ());
  g_autofree char *start = edited (0, NULL);
  gint64 deadline = g_get_monotonic_time () + G_USEC_PER_SEC * 7 / 10;
  guint rounds = 0, sound = 0;
  for (; g_get_monotonic_time () < deadline; rounds++)
    {
      g_autoptr (GString) text = g_string_new (start);
      for (int n = g_rand_int_range (rand, 1, 12); n > 0; n--)
        mutate (rand, text);
      g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
      g_autoptr (TideWorkspace) workspace = tide_workspace_parse (NULL, text->str, &fake_catalog, problems);
      sound += problems->len == 0;
      for (guint i = 0; i < workspace->metrics->len; i++)
        {
          const TideMetric *metric = g_ptr_array_index (workspace->metrics, i);
          g_assert_true (tide_workspace_get_stream (workspace, metric->stream->name) == metric->stream);
          g_assert_cmpint (metric->stored_pane, >=, TIDE_STORED_PANE_MIN);
        }
      for (guint i = 0; i < problems->len; i++)
        g_assert_true (g_utf8_validate (((TideProblem *) problems->pdata[i])->message, -1, NULL));
      if (g_utf8_validate (text->str, -1, NULL))
        {
          g_autofree char *back = tide_conf_to_text (workspace->conf);
          g_assert_cmpstr (back, ==, text->str);
        }
    }
  g_test_message ("%u workspaces, %u of them sound", rounds, sound);
  g_assert_cmpuint (rounds, >, 10);
}

static gpointer
hold (gpointer data)
{
  for (int i = 0; i < 10000; i++)
    tide_workspace_unref (tide_workspace_ref (data));
  return NULL;
}

static void
test_threads (void)
{
  g_autofree char *text = edited (0, NULL);
  g_autoptr (GPtrArray) problems = NULL;
  g_autoptr (TideWorkspace) workspace = parse (text, &problems);
  GThread *threads[4];
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("hold", hold, workspace);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_true (g_atomic_ref_count_compare (&workspace->refs, 1));
}

static const char cost_text[] =
  "[workspace]\nversion=1\nname=x\n[cost]\ncurrency=EUR\nexchange=0.9\nbudget=120\ntarget=99.9%\n"
  "[price vcpu-hour]\namount=0.05\nsource=our contract\n"
  "[stream s]\n[field s.a]\ntype=int\n"
  "[source k]\nkind=kafka\nbrokers=127.0.0.1:9092\ntopic=t\nstream=s\ntier=every 15min\nplatform=msk\n"
  "[metric m]\nstream=s\naggregate=count\ntier=batch\nschedule=0 2 * * *\ndecision=30d\n"
  "[metric n]\nstream=s\naggregate=count\nevery=1min\nover=5min\n";

static void
test_cost (void)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
  g_autoptr (TideWorkspace) workspace = tide_workspace_parse (NULL, cost_text, &fake_catalog, problems);
  g_assert_cmpuint (problems->len, ==, 0);
  g_assert_cmpstr (workspace->currency, ==, "EUR");
  g_assert_cmpfloat (workspace->exchange, ==, 0.9);
  g_assert_cmpfloat (workspace->budget, ==, 120);
  g_assert_cmpfloat_with_epsilon (workspace->fresh_target, 0.999, 1e-12);
  const TideOwnPrice *price = g_ptr_array_index (workspace->prices, 0);
  g_assert_cmpstr (price->name, ==, "vcpu-hour");
  g_assert_cmpfloat (price->amount, ==, 0.05);
  const TideSourceDef *source = tide_workspace_get_source (workspace, "k");
  g_assert_cmpint (source->every, ==, 15 * TIDE_MINUTE);
  g_assert_cmpstr (source->platform, ==, "msk");
  const TideMetric *metric = tide_workspace_get_metric (workspace, "m");
  g_assert_nonnull (metric->schedule);
  g_assert_cmpint (metric->decision, ==, 30 * TIDE_DAY);
  g_assert_cmpint (tide_workspace_get_metric (workspace, "n")->decision, ==, 5 * TIDE_MINUTE);
}

static void
test_cost_mistakes (void)
{
  static const struct
  {
    const char *text, *expected;
  } cases[] = {
    { "[cost]\ncurrency=EUR\n", "exchange=" },
    { "[cost]\nbudget=-1\n", "amount of money" },
    { "[cost]\ntarget=100%\n", "below 100%" },
    { "[price x]\ntitle=no amount\n", "amount" },
    { "[stream s]\n[field s.a]\ntype=int\n[source k]\nkind=kafka\nbrokers=h:1\ntopic=t\nstream=s\ntier=often\n",
      "every 15min" },
    { "[stream s]\n[field s.a]\ntype=int\n[metric m]\nstream=s\naggregate=count\nschedule=0 2 * * *\n", "tier=batch" },
    { "[stream s]\n[field s.a]\ntype=int\n[metric m]\nstream=s\naggregate=count\nevery=1h\ndecision=1min\n",
      "at least the metric's window" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strconcat ("[workspace]\nversion=1\nname=x\n", cases[i].text, NULL);
      g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_problem_free);
      g_autoptr (TideWorkspace) workspace = tide_workspace_parse (NULL, text, &fake_catalog, problems);
      g_assert_nonnull (workspace);
      g_assert_cmpuint (problems->len, ==, 1);
      g_assert_nonnull (strstr (((TideProblem *) g_ptr_array_index (problems, 0))->message, cases[i].expected));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("tide-check-XXXXXX", NULL);
  g_autofree char *analyses = g_build_filename (folder, "analyses", NULL);
  g_autofree char *sql = g_build_filename (analyses, "nightly.sql", NULL);
  g_assert_cmpint (g_mkdir (analyses, 0700), ==, 0);
  g_assert_true (g_file_set_contents (sql, "SELECT 1;\n", -1, NULL));
  g_test_add_func ("/model/workspace/sound", test_sound);
  g_test_add_func ("/model/workspace/alerts", test_alerts);
  g_test_add_func ("/model/workspace/defaults", test_defaults);
  g_test_add_func ("/model/workspace/mistakes", test_mistakes);
  g_test_add_func ("/model/workspace/no-cascade", test_no_cascade);
  g_test_add_func ("/model/workspace/all-keys", test_all_keys);
  g_test_add_func ("/model/workspace/cycle", test_cycle);
  g_test_add_func ("/model/workspace/messages", test_messages);
  g_test_add_func ("/model/workspace/not-text", test_not_text);
  g_test_add_func ("/model/workspace/load-and-save", test_load_and_save);
  g_test_add_func ("/model/workspace/cost", test_cost);
  g_test_add_func ("/model/workspace/cost-mistakes", test_cost_mistakes);
  g_test_add_func ("/model/workspace/fuzz", test_fuzz);
  g_test_add_func ("/model/workspace/threads", test_threads);
  int failed = g_test_run ();
  g_remove (sql);
  g_rmdir (analyses);
  g_rmdir (folder);
  g_free (folder);
  return failed;
}
