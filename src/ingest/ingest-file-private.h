/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the parts of the file source: reading, identity, Test connection. */
#pragma once

#include "ingest-csv.h"
#include "ingest-private.h"

G_BEGIN_DECLS

#define TIDE_FILE_IDENTITY_BYTES 256

/* Which file it is, whatever it is called. */
typedef struct
{
  guint64 device, inode;
  int64_t n; /* first bytes that hash is of, at most TIDE_FILE_IDENTITY_BYTES */
  guint64 hash;
} TideFileIdentity;

/* FALSE: not a regular file. */
bool tide_file_identity_read (int fd, TideFileIdentity *ret_identity);
bool tide_file_identity_matches (const TideFileIdentity *identity, int fd);
/* Looks beside @path for a file that is @identity; its descriptor, or -1. */
int tide_file_find_renamed (const char *path, const TideFileIdentity *identity);
int64_t tide_file_size (int fd);
char *tide_file_token_make (int64_t base, const TideFileIdentity *identity);
bool tide_file_token_read (const char *token, int64_t *ret_base, TideFileIdentity *ret_identity);
/* A relative path stays inside the workspace; an absolute one is as it is, its consent was asked before. */
char *tide_file_resolve (const char *dir, const char *path, GError **error);

bool tide_file_run (TideSourceRun *run, GError **error);

G_END_DECLS
