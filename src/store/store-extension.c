/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loadable extension: `.load tidemark` in the sqlite3 shell, on a workspace's database, makes each stream a table.
 * The library's own sources are compiled a second time for it, with SQLite's calls going through the table that the
 * shell hands over (see store-extension.h), since the shell may carry an SQLite of its own. */
#include "store-sql.h"

#include <gmodule.h>

SQLITE_EXTENSION_INIT1

G_MODULE_EXPORT int sqlite3_tidemark_init (sqlite3 *db, char **ret_error, const sqlite3_api_routines *api);

int
sqlite3_tidemark_init (sqlite3 *db, char **ret_error, const sqlite3_api_routines *api)
{
  SQLITE_EXTENSION_INIT2 (api);
  return tide_vtab_register (db, ret_error);
}
