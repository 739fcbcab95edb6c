/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Included before anything else where store/ is compiled for the loadable extension: every sqlite3_…() becomes a call
 * through the table that the loading program hands over. */
#pragma once

#include <sqlite3ext.h>

extern const sqlite3_api_routines *sqlite3_api;
