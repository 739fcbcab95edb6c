/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the window asks of a pane. A pane is one file and one row in app-window-panes.c. Thread: main. */
#pragma once

#include <adwaita.h>

#include "app-chart.h"
#include "pipeline.h"

G_BEGIN_DECLS

#define TIDE_TYPE_APP_PANE (tide_app_pane_get_type ())
G_DECLARE_DERIVABLE_TYPE (TideAppPane, tide_app_pane, TIDE, APP_PANE, AdwBin)

/* What Ctrl+E writes: decided on the main thread (which range, which rows), written on a worker. */
typedef struct
{
  char *name;                /* suggested file name without ".csv": "orders-2026-11-12" */
  /* Thread: worker. Writes all of it to @stream. */
  bool (*write) (TidePipeline *pipeline, void *data, GOutputStream *stream, GCancellable *cancellable, GError **error);
  void *data;
  GDestroyNotify free_data;
} TideAppExport;

TideAppExport *tide_app_export_new (const char *name,
                                    bool (*write) (TidePipeline *pipeline, void *data, GOutputStream *stream,
                                                   GCancellable *cancellable, GError **error),
                                    void *data, GDestroyNotify free_data);
void tide_app_export_free (TideAppExport *item);

/* A choice of the time range menu. */
typedef struct
{
  const char *id;            /* "5min" */
  const char *title;         /* N_("5 min") */
  TideDuration span;         /* 0: the pane decides (all, custom) */
} TideAppRange;

struct _TideAppPaneClass
{
  AdwBinClass parent_class;

  /* The pause button shows for panes of this class (set in class_init). */
  bool can_pause;
  /* Another pipeline, or none (NULL). Drop everything of the old one. */
  void (*set_pipeline) (TideAppPane *self, TidePipeline *pipeline);
  /* The workspace was edited: metrics, streams, sources may be others. */
  void (*workspace_changed) (TideAppPane *self);
  /* At most 10 times a second, only while the pane is shown. @snapshot and @status are borrowed; each may be NULL. */
  void (*tick) (TideAppPane *self, TideLiveSnapshot *snapshot, TideStatus *status);
  /* "paused" changed (the stream goes on behind). */
  void (*paused_changed) (TideAppPane *self);
  /* Another choice of the time range menu. */
  void (*range_changed) (TideAppPane *self, const TideAppRange *range);
  /* Exactly what is visible, or NULL when there is nothing to export. */
  TideAppExport *(*get_export) (TideAppPane *self);
  /* Ctrl+F; without it there is no search button. */
  void (*search) (TideAppPane *self);

  /* Before the workspace is let go of: TRUE when the person is asked first; @go_on is called when they agree. Takes
   * @data when TRUE. May be NULL. */
  bool (*ask_before) (TideAppPane *self, void (*go_on) (void *data), void *data, GDestroyNotify free_data);

  gpointer padding[4];
};

/* Borrowed; NULL: none. */
TidePipeline *tide_app_pane_get_pipeline (TideAppPane *self);
/* Under the title of the window: "Thu 12 Nov · 19:42:08". Property "subtitle". */
void tide_app_pane_set_subtitle (TideAppPane *self, const char *subtitle);
const char *tide_app_pane_get_subtitle (TideAppPane *self);
bool tide_app_pane_get_paused (TideAppPane *self);
/* The choices of the time range menu (static memory; in init). Without them there is no menu. */
void tide_app_pane_set_ranges (TideAppPane *self, const TideAppRange *ranges, guint n_ranges, const char *id);
const TideAppRange *tide_app_pane_get_range (TideAppPane *self);
/* While the person has zoomed @axis the menu button says where ("19:36–19:42") instead of the choice. */
void tide_app_pane_show_zoom (TideAppPane *self, TideChartAxis *axis);
/* A toast in the window. */
void tide_app_pane_toast (TideAppPane *self, const char *text);
void tide_app_pane_toast_error (TideAppPane *self, const char *what, const GError *error);

/* For the window. */
void tide_app_pane_set_pipeline (TideAppPane *self, TidePipeline *pipeline);
void tide_app_pane_workspace_changed (TideAppPane *self);
void tide_app_pane_tick (TideAppPane *self, TideLiveSnapshot *snapshot, TideStatus *status);
void tide_app_pane_set_paused (TideAppPane *self, bool paused);
bool tide_app_pane_can_pause (TideAppPane *self);
bool tide_app_pane_can_search (TideAppPane *self);
void tide_app_pane_search (TideAppPane *self);
bool tide_app_pane_ask_before (TideAppPane *self, void (*go_on) (void *data), void *data, GDestroyNotify free_data);
const TideAppRange *tide_app_pane_get_ranges (TideAppPane *self, guint *ret_n);
void tide_app_pane_set_range (TideAppPane *self, const char *id);
const char *tide_app_pane_get_range_label (TideAppPane *self);
TideAppExport *tide_app_pane_get_export (TideAppPane *self);

/* The panes in the order of the sidebar. To add one: a row here. */
typedef struct
{
  const char *name;   /* "live" */
  const char *title;  /* N_("Live") */
  const char *icon;   /* "tide-live-symbolic" */
  GType (*get_type) (void);
} TideAppPaneInfo;

const TideAppPaneInfo *tide_app_panes (guint *ret_n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideAppExport, tide_app_export_free)

G_END_DECLS
