/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pipeline.h"

G_BEGIN_DECLS

/* A file of results as it was read last. */
typedef struct
{
  char *name, *title, *path; /* as the workspace has them; title NULL: none */
  TideChecks *checks;        /* NULL: not read yet, or see problem */
  char *problem;
} TideChecksShown;

/* The files of results that the workspace names, read on a worker and again whenever one changes. Signal: "changed".
 * Thread: main. */
#define TIDE_TYPE_CHECKS_WATCH (tide_checks_watch_get_type ())
G_DECLARE_FINAL_TYPE (TideChecksWatch, tide_checks_watch, TIDE, CHECKS_WATCH, GObject)

TideChecksWatch *tide_checks_watch_new (void);
/* @pipeline NULL: none. Called again when the workspace was edited. */
void tide_checks_watch_set_pipeline (TideChecksWatch *self, TidePipeline *pipeline);
/* TideChecksShown* elements, borrowed. */
GPtrArray *tide_checks_watch_get (TideChecksWatch *self);

G_END_DECLS
