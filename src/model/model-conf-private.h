/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines of a TideConf, for its reading and its editing part. */
#pragma once

#include "model.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_LINE_BLANK,
  TIDE_LINE_COMMENT,
  TIDE_LINE_SECTION,
  TIDE_LINE_KEY,
  TIDE_LINE_BAD,
} TideLineKind;

typedef struct
{
  char *text; /* without its end; len bytes, then a NUL */
  gsize len;
  const char *end; /* "\n", "\r\n", or "" after the last */
  TideLineKind kind;
  char *name;  /* of a section or key */
  char *value; /* of a key, without its escapes */
  gsize value_start;
  const char *reason; /* of a bad line, or of a key with a wrong escape */
} TideLine;

typedef struct
{
  guint line;   /* index */
  GArray *keys; /* guint: indexes of lines */
} TideConfSection;

struct _TideConf
{
  GPtrArray *lines;       /* TideLine */
  GPtrArray *sections;    /* TideConfSection */
  GHashTable *by_name;    /* borrowed name → index in sections + 1, of the first */
  GArray *bad;            /* guint: indexes of lines */
};

static inline TideLine *
tide_conf_line (const TideConf *conf, guint index)
{
  return g_ptr_array_index (conf->lines, index);
}

/* @end is static. */
TideLine *tide_conf_line_new (const char *text, gsize len, const char *end);
void tide_conf_line_free (gpointer line);
/* To be called after lines were added, removed or replaced. */
void tide_conf_index (TideConf *conf);
const TideConfSection *tide_conf_find_section (const TideConf *conf, const char *name);
TideLine *tide_conf_find_key (const TideConf *conf, const TideConfSection *section, const char *key, guint *ret_at);
bool tide_conf_section_name_is_valid (const char *name);
bool tide_conf_key_name_is_valid (const char *name);

G_END_DECLS
