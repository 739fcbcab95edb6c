/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON behind a C face: the values of known paths out of one document that is validated whole. */
#pragma once

#include "ingest-raw.h"

G_BEGIN_DECLS

#define TIDE_JSON_MAX_DEPTH 512

typedef struct _TideJson TideJson;

/* @paths: n_paths NULL-terminated arrays of keys, copied: {"payment", "amount", NULL}. */
TideJson *tide_json_new (const char *const *const *paths, guint n_paths);
void tide_json_free (TideJson *json);
/* Reads one document that must be an object. ret_values[i] is what stands at paths[i]. Of duplicate keys the first
 * counts. FALSE: it is not well-formed UTF-8 JSON, or no object; @ret_reason says where and what, until the next
 * call, and ret_values is undefined. One thread at a time; allocates only when a document is larger than before. */
bool tide_json_read (TideJson *json, const char *data, gsize len, TideRaw *ret_values, const char **ret_reason);

/* @path: dotted, not terminated. */
typedef void (*TideJsonVisit) (const char *path, gsize path_len, const TideRaw *value, void *data);
/* As read, and calls @visit for each member that no path names; with @deep also inside objects that no path names,
 * and then only for what is no object, and not under keys with a dot, which no path could name. */
bool tide_json_read_visit (TideJson *json, const char *data, gsize len, TideRaw *ret_values, bool deep,
                           TideJsonVisit visit, void *visit_data, const char **ret_reason);

G_END_DECLS
