/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of the Kafka source: brokers that are processes of their own, and a host that records what it is given. */
#pragma once

#include "ingest.h"

G_BEGIN_DECLS

/* A process that takes commands, one a line, and answers each with a line. It ends with us. */
typedef struct _TestPeer TestPeer;

/* @argv is run; its first line is kept. NULL with @ret_skip set when it ended with status 77. */
TestPeer *test_peer_new (const char *const *argv, char **ret_skip);
const char *test_peer_get_greeting (const TestPeer *peer);
/* Fails the test unless the answer is "ok". */
void test_peer_tell (TestPeer *peer, const char *format, ...) G_GNUC_PRINTF (2, 3);
void test_peer_free (TestPeer *peer);

typedef struct
{
  int32_t partition;
  int64_t offset, id;
  char key[24], headers[128];
  TideTime time;
} TestEvent;

/* Commits in memory what a source delivers. */
typedef struct
{
  TideSourceHost host;
  GMutex lock;
  GCond cond;
  GArray *events;         /* TestEvent, in order of delivery */
  GHashTable *positions;  /* partition → next offset, in pointers */
  GHashTable *tokens;     /* partition → its position's token */
  GPtrArray *gaps;        /* TideGap* */
  GPtrArray *rejected;
  const char *secret;
  bool refuse, block;
} TestHost;

TestHost *test_host_new (void);
void test_host_free (TestHost *host);
guint test_host_count (TestHost *host);
void test_host_set (TestHost *host, bool refuse, bool block);
/* Waits until there are at least @n events; fails the test after 30 s. */
void test_host_wait (TestHost *host, guint n);
int64_t test_host_position (TestHost *host, int32_t partition);
/* Every id from @from to @to once, keys and partitions as mock-kafka makes them, offsets ascending. */
void test_host_check (TestHost *host, int64_t from, int64_t to, int partitions);

/* A Kafka source of that broker and topic, with a field id; @more: key, value, …, NULL. */
TideSourceDef *test_source_def (const char *brokers, const char *topic, ...) G_GNUC_NULL_TERMINATED;
void test_source_def_free (TideSourceDef *def);
TideSource *test_source_start (const TideSourceDef *def, TestHost *host);
/* Waits until it is in that state, and returns its message; fails the test after 30 s. */
char *test_source_wait_state (TideSource *source, TideSourceState state);
/* Until what it says has @text, whatever it said before. */
void test_source_wait_message (TideSource *source, const char *text);
/* Waits until it asks a person to agree, and returns its message; likewise. */
char *test_source_wait_consent (TideSource *source);
void test_source_wait_lag (TideSource *source, gint64 events);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestPeer, test_peer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestHost, test_host_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideSourceDef, test_source_def_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideSource, tide_source_free)

G_END_DECLS
