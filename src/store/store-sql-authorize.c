/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person's SQL may do: read. Everything that is not named here is refused, so that a verb that SQLite learns later
 * is refused too. */
#include "store-private.h"

/* What the message calls it. */
const char *
tide_sql_name_action (int action)
{
  switch (action)
    {
    case SQLITE_INSERT:
      return "INSERT";
    case SQLITE_UPDATE:
      return "UPDATE";
    case SQLITE_DELETE:
      return "DELETE";
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
      return "a transaction";
    case SQLITE_ATTACH:
      return "ATTACH or VACUUM";
    case SQLITE_DETACH:
      return "DETACH";
    case SQLITE_PRAGMA:
      return "this PRAGMA";
    case SQLITE_FUNCTION:
      return "this function";
    case SQLITE_ALTER_TABLE:
      return "ALTER";
    case SQLITE_REINDEX:
      return "REINDEX";
    case SQLITE_ANALYZE:
      return "ANALYZE";
    case SQLITE_DROP_INDEX:
    case SQLITE_DROP_TABLE:
    case SQLITE_DROP_TRIGGER:
    case SQLITE_DROP_VIEW:
    case SQLITE_DROP_VTABLE:
    case SQLITE_DROP_TEMP_INDEX:
    case SQLITE_DROP_TEMP_TABLE:
    case SQLITE_DROP_TEMP_TRIGGER:
    case SQLITE_DROP_TEMP_VIEW:
      return "DROP";
    default:
      return "CREATE";
    }
}

static bool
is_one_of (const char *name, const char *const *names)
{
  for (; name != NULL && *names != NULL; names++)
    if (g_ascii_strcasecmp (name, *names) == 0)
      return true;
  return false;
}

bool
tide_sql_may (int action, const char *first, const char *second)
{
  static const char *const pragmas[]
    = { "table_info",     "table_xinfo",     "table_list",    "index_list", "index_info", "index_xinfo",
        "function_list",  "collation_list",  "database_list", "foreign_key_list", "compile_options", NULL };
  static const char *const schemas[] = { "sqlite_master", "sqlite_temp_master", NULL };
  static const char *const functions[] = { "load_extension", "fts3_tokenizer", "readfile", "writefile", "edit", NULL };
  switch (action)
    {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
      return true;
    case SQLITE_FUNCTION:
      return !is_one_of (second, functions);
    case SQLITE_PRAGMA:
      return is_one_of (first, pragmas);
    case SQLITE_UPDATE:
      /* SQLite's own words when a virtual table (a stream's after the schema changed, or json_each()) declares its columns.
       * A person's are refused all the same: nobody may modify that table. */
      return is_one_of (first, schemas);
    default:
      return false;
    }
}
