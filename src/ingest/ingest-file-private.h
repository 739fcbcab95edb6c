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

/* The files that a log was rotated to. */
typedef struct _TideFileSeries TideFileSeries;
TideFileSeries *tide_file_series_new (const char *path);
void tide_file_series_free (TideFileSeries *series);
/* Not to be read: one, or all that there are now. */
void tide_file_series_add_seen (TideFileSeries *series, const TideFileIdentity *identity);
void tide_file_series_add_all (TideFileSeries *series);
int tide_file_series_open_next (TideFileSeries *series, int fd, char **ret_unreadable);
/* Whether it is there, at the path or beside it. */
bool tide_file_series_has (const TideFileSeries *series, const TideFileIdentity *identity);

/* A CSV record of several lines is at most this long. */
#define TIDE_FILE_RECORD_MAX_BYTES (1024 * 1024)

/* A file that is read. */
typedef struct
{
  TideSourceRun *run;
  char *path;
  bool follow, csv;

  int fd;
  TideFileIdentity identity;
  int64_t base;        /* position of the file's first byte */
  int64_t read_offset; /* in the file: of what comes after the buffer */
  bool wants_header;

  char *buffer;
  gsize start, end, size; /* bytes not used yet are [start, end) */
  gsize searched;         /* of them were looked at for a line end */
  TideCsvFrame frame;
  char delimiter;
  GByteArray *overlong; /* the first part of a line that is being skipped; NULL: none */
  int64_t overlong_offset;

  TideTime received;
  TideFileSeries *series;
  int64_t rotated_since_us; /* 0: another file does not stand at its path */
  TideFileIdentity awaited; /* the first other one that was seen there; inode 0: none */
  int64_t last_data_us;
} TideFile;

/* Position of the first byte that was not used. */
int64_t tide_file_next_position (const TideFile *file);
/* Uses what is complete in the buffer. */
bool tide_file_use_buffer (TideFile *file, GError **error);
/* What stands at the end without a line end is an event too, when nothing can come after it. */
bool tide_file_use_rest (TideFile *file, GError **error);

bool tide_file_run (TideSourceRun *run, GError **error);

G_END_DECLS
