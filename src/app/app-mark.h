/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The small marks that say a state without colour. Thread: main. */
#pragma once

#include <gtk/gtk.h>

#include "app-palette.h"
#include "pipeline.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_STATE_GOOD,     /* ● */
  TIDE_STATE_PENDING,  /* ◐ stale, behind, retrying */
  TIDE_STATE_TROUBLE,  /* ▲ failed, firing */
  TIDE_STATE_NORMAL,   /* ○ waiting, paused */
  TIDE_STATE_OFF,      /* dashed ○ */
  TIDE_STATE_DONE,     /* ✕ ended, cancelled */
  TIDE_STATE_BATCH,    /* ■ */
  TIDE_STATE_RUNNING,  /* ◔ fills with the progress */
} TideState;

#define TIDE_TYPE_STATE_MARK (tide_state_mark_get_type ())
G_DECLARE_FINAL_TYPE (TideStateMark, tide_state_mark, TIDE, STATE_MARK, GtkWidget)

GtkWidget *tide_state_mark_new (void);
void tide_state_mark_set_state (TideStateMark *self, TideState state);
/* Of TIDE_STATE_RUNNING; 0 to 1. */
void tide_state_mark_set_progress (TideStateMark *self, double progress);

/* The mark of a source's state, and its word: "streaming", "trying again". */
TideState tide_state_of_source (const TideSourceStatus *status);
const char *tide_state_source_word (const TideSourceStatus *status);
/* "tide-warning" and "tide-critical" for states with cause, else NULL: the CSS class of text beside a mark. */
const char *tide_state_css_class (TideState state);
TideScheme tide_app_scheme (void);

G_END_DECLS
