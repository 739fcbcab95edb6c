/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which workspaces were opened here, and what their owner agreed to. A small key file of the user's. Thread: main. */
#pragma once

#include "pipeline.h"

G_BEGIN_DECLS

typedef struct
{
  char *dir, *name;
  TideTime opened;
} TideRecent;

void tide_recent_free (TideRecent *recent);

/* TideRecent*, newest first, at most 8; folders that are gone are left out. */
GPtrArray *tide_workspaces_get_recent (void);
void tide_workspaces_remember (const char *dir, const char *name, TideTime now);
void tide_workspaces_forget (const char *dir);
/* Consent is bound to the folder and to the exact text of what it would reach. */
bool tide_workspaces_is_agreed (const char *dir, GPtrArray *reach);
void tide_workspaces_agree (const char *dir, GPtrArray *reach);
/* Under the user's data folder; the demo's. Free it. */
char *tide_workspaces_get_demo_dir (void);

G_END_DECLS
