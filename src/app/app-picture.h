/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What widgets that draw themselves with cairo share: colours by role, text in tabular figures. Thread: main. */
#pragma once

#include <gtk/gtk.h>

#include "app-palette.h"

G_BEGIN_DECLS

typedef struct
{
  GtkWidget *widget;
  cairo_t *cr;
  TideScheme scheme;
  double width, height;
} TidePicture;

/* To be ended by tide_picture_end(). */
TidePicture tide_picture_begin (GtkWidget *widget, GtkSnapshot *snapshot);
void tide_picture_end (TidePicture *picture);
/* Draws @widget anew whenever the style changes. */
void tide_picture_watch_style (GtkWidget *widget);

void tide_picture_set_role (const TidePicture *picture, TideRole role, double alpha);
void tide_picture_set_colour (const TidePicture *picture, TideColour colour);

/* @size: px at text scale 1. @align: 0 begins at @x, 0.5 centred, 1 ends there; @y is the middle. In the colour that
 * is set. Returns the width. */
double tide_picture_text (const TidePicture *picture, const char *text, double x, double y, double align, double size,
                          bool bold);
double tide_picture_text_width (const TidePicture *picture, const char *text, double size, bool bold);

G_END_DECLS
