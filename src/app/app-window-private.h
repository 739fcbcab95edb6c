/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The struct, shared by the files of the window. */
#pragma once

#include "app-mark.h"
#include "app-pane.h"
#include "app-stream-list.h"
#include "app-welcome.h"
#include "app-window.h"

G_BEGIN_DECLS

struct _TideWindow
{
  AdwApplicationWindow parent_instance;

  AdwToastOverlay *toasts;
  GtkStack *stack;
  TideWelcome *welcome;
  AdwFlap *flap;
  GtkLabel *workspace_name;
  GtkListBox *sidebar;
  TideStreamList *streams;
  AdwWindowTitle *title;
  AdwHeaderBar *header;
  GtkMenuButton *range_button, *workspace_button, *health_button;
  GtkLabel *range_label, *health_label;
  GtkToggleButton *pause_button;
  GtkWidget *search_button, *bell_button;
  GtkLabel *bell_count;
  guint bell_shown;         /* what the bell says, and 1; 0: nothing yet */
  TideStateMark *health_mark;
  TideSourceHealth *health;
  GtkInfoBar *trouble, *mistakes;
  GtkLabel *trouble_label, *mistakes_label;
  AdwViewStack *panes;

  TideAppPane *pane;        /* that is shown */
  TidePipeline *pipeline;
  GtkWindow *preferences;   /* weak */
  TideOpening *opening;     /* waits for consent, or is being opened */
  bool add_source;          /* once it is open: the person came to connect to a stream */
  GCancellable *cancellable; /* of opening */
  guint generation;         /* of opening: an answer to an older one is dropped */
  guint tick;
  TideStatus *status;       /* shown in sidebar and header */
  bool narrow, compact, closing;
};

/* app-window-open.c */
void tide_window_open_install (GtkWidgetClass *class);
void tide_window_close_workspace (TideWindow *self);
bool tide_window_close_and_destroy (TideWindow *self);
/* What is not saved is asked about before the workspace is let go of: TRUE when it is; @go_on is called when the person
 * agrees. Takes @data when
 * TRUE. */
bool tide_window_ask_before (TideWindow *self, void (*go_on) (void *data), void *data, GDestroyNotify free_data);

/* app-window.c: which buttons of the header there is room for. */
void tide_window_update_buttons (TideWindow *self);
/* app-window-alerts.c: the bell, and desktop notifications. */
void tide_window_update_bell (TideWindow *self);
/* How many events wait in quarantine, in the sidebar. */
void tide_window_update_waiting (TideWindow *self);
void tide_window_show_alerts (TideWindow *self);
void tide_window_on_notice (TidePipeline *pipeline, const TideWatchNotice *notice, TideWindow *self);

/* app-window-accept.c */
void tide_window_accept_source (GtkWidget *widget, const char *action, GVariant *parameter);

/* app-window-export.c */
void tide_window_export (GtkWidget *widget, const char *action, GVariant *parameter);

/* app-window.c */
void tide_window_set_pipeline (TideWindow *self, TidePipeline *pipeline);

G_END_DECLS
