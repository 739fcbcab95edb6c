/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The curve's struct, for its input and its picture. */
#pragma once

#include "app-advice-curve.h"
#include "app-picture.h"

G_BEGIN_DECLS

#define TIDE_CURVE_LEFT 56.0
#define TIDE_CURVE_RIGHT 14.0
#define TIDE_CURVE_TOP 8.0
#define TIDE_CURVE_BOTTOM 42.0
/* Room under the least error, for what is named there. */
#define TIDE_CURVE_FLOOR 24.0

struct _TideAdviceCurve
{
  GtkWidget parent_instance;

  TideWhatIf what_if;
  bool has_advice, is_dragging;
  char *currency;
  double exchange;
  int at; /* the point that is looked at by the keyboard; -1: none */
  double error_lo, error_hi, cost_lo, cost_hi;
};

double tide_curve_x (const TideAdviceCurve *self, double cost);
double tide_curve_y (const TideAdviceCurve *self, double error);
void tide_curve_snapshot (GtkWidget *widget, GtkSnapshot *snapshot);
/* The picture in words, for a screen reader. */
void tide_curve_describe (TideAdviceCurve *self);

G_END_DECLS
