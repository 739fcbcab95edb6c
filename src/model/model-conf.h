/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The workspace file as text: GKeyFile's syntax, with lines, comments and order kept, so that an edit changes
 * only the lines it is about, and a message can name a line. */
#pragma once

#include "model-base.h"

G_BEGIN_DECLS

typedef struct _TideConf TideConf;

/* Lines that are no section, key or comment become problems with their line, not errors. */
TideConf *tide_conf_parse (const char *text, gsize len);
void tide_conf_free (TideConf *conf);
char *tide_conf_to_text (const TideConf *conf);
TideConf *tide_conf_copy (const TideConf *conf);

/* Sections in order: "source orders". Duplicates are listed as often as they stand. */
guint tide_conf_get_n_sections (const TideConf *conf);
const char *tide_conf_get_section (const TideConf *conf, guint index, int *ret_line);
guint tide_conf_get_n_keys (const TideConf *conf, guint section);
const char *tide_conf_get_key (const TideConf *conf, guint section, guint index, const char **ret_value, int *ret_line);
/* Lines that could not be read, each with what is wrong with it. A key whose value has a wrong escape is listed
 * here and among the keys. */
guint tide_conf_get_n_bad_lines (const TideConf *conf);
int tide_conf_get_bad_line (const TideConf *conf, guint index, const char **ret_text, const char **ret_reason);

/* By name, in the first section of that name; NULL when there is none. Of a key that stands twice the last counts. */
const char *tide_conf_get (const TideConf *conf, const char *section, const char *key);
bool tide_conf_has_section (const TideConf *conf, const char *section);
/* A new key goes after the last of its section; a new section after the last of the same first word. NULL removes. */
void tide_conf_set (TideConf *conf, const char *section, const char *key, const char *value);
/* With the comment lines directly above it. */
void tide_conf_remove_section (TideConf *conf, const char *section);
void tide_conf_rename_section (TideConf *conf, const char *section, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideConf, tide_conf_free)

G_END_DECLS
