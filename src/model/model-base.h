/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Microseconds since the epoch, UTC. */
typedef int64_t TideTime;
/* Microseconds. */
typedef int64_t TideDuration;
/* The number of an event in its stream, from 1. A cut is the number of the last event it includes; 0 is none. */
typedef int64_t TideSeq;

#define TIDE_TIME_NONE INT64_MIN
#define TIDE_TIME_MAX INT64_MAX
#define TIDE_MS ((TideDuration) 1000)
#define TIDE_SECOND ((TideDuration) 1000000)
#define TIDE_MINUTE (60 * TIDE_SECOND)
#define TIDE_HOUR (60 * TIDE_MINUTE)
#define TIDE_DAY (24 * TIDE_HOUR)

#define TIDE_ERROR (tide_error_quark ())
GQuark tide_error_quark (void);

/* What went wrong in the world; every message says what to do. */
typedef enum
{
  TIDE_ERROR_FAILED,
  TIDE_ERROR_INVALID,     /* a definition or an argument is wrong */
  TIDE_ERROR_NOT_FOUND,   /* no such metric, stream, topic, file */
  TIDE_ERROR_LOCKED,      /* another process writes this workspace */
  TIDE_ERROR_BUSY,        /* try again */
  TIDE_ERROR_CORRUPT,     /* a checksum or the database says so */
  TIDE_ERROR_NEWER,       /* written by a newer Tidemark */
  TIDE_ERROR_FULL,        /* no room on the disk */
  TIDE_ERROR_DENIED,      /* not allowed here: writing SQL, a path outside the workspace */
  TIDE_ERROR_AUTH,        /* the other side refused the credentials */
  TIDE_ERROR_NETWORK,     /* the other side is away */
  TIDE_ERROR_CANCELLED,
  TIDE_ERROR_TIMEOUT,
} TideError;

/* Which of ours a thread is; functions assert it in debug builds. */
typedef enum
{
  TIDE_THREAD_OTHER,
  TIDE_THREAD_MAIN,    /* GTK: never waits */
  TIDE_THREAD_SOURCE,
  TIDE_THREAD_WRITER,
  TIDE_THREAD_WORKER,
} TideThread;

void tide_thread_set_role (TideThread role);
TideThread tide_thread_get_role (void);

#ifdef NDEBUG
#define tide_assert_thread(role) ((void) 0)
#define tide_assert_not_main_thread() ((void) 0)
#else
#define tide_assert_thread(role) g_assert (tide_thread_get_role () == (role))
#define tide_assert_not_main_thread() g_assert (tide_thread_get_role () != TIDE_THREAD_MAIN)
#endif
#define tide_assert_main_thread() tide_assert_thread (TIDE_THREAD_MAIN)

/* A run of UTF-8 bytes, not terminated. Borrowed from whoever owns the bytes. */
typedef struct
{
  const char *data;
  uint32_t len;
} TideText;

static inline TideText
tide_text (const char *str)
{
  return (TideText){ str, (uint32_t) __builtin_strlen (str) };
}

static inline bool
tide_text_equal (TideText a, TideText b)
{
  return a.len == b.len && (a.len == 0 || __builtin_memcmp (a.data, b.data, a.len) == 0);
}

G_END_DECLS
