/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small picture of a series in a cell of a table: no axes, the numbers stand beside it. Thread: main. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum
{
  TIDE_SPARK_LINE,    /* from its least to its greatest value, a dot at the last */
  TIDE_SPARK_COLUMNS, /* from 0 */
  TIDE_SPARK_STATES,  /* TideSparkState values, one beside the other */
} TideSparkKind;

typedef enum
{
  TIDE_SPARK_NOTHING, /* no data */
  TIDE_SPARK_GOOD,
  TIDE_SPARK_WARNING,
  TIDE_SPARK_CRITICAL,
} TideSparkState;

/* Immutable, counted by reference. */
typedef struct
{
  TideSparkKind kind;
  TideSparkState last; /* how the last column looks: what it says of now */
  char *spoken;        /* for a screen reader: "falls from 99.9 % to 98.1 %" */
  guint n;
  double *values;      /* NAN: none */
  gatomicrefcount refs;
} TideSparkData;

/* Copies @values; takes @spoken. */
TideSparkData *tide_spark_data_new (TideSparkKind kind, const double *values, guint n, TideSparkState last, char *spoken);
TideSparkData *tide_spark_data_ref (TideSparkData *data);
void tide_spark_data_unref (TideSparkData *data);

#define TIDE_TYPE_SPARK (tide_spark_get_type ())
G_DECLARE_FINAL_TYPE (TideSpark, tide_spark, TIDE, SPARK, GtkWidget)

GtkWidget *tide_spark_new (void);
/* Of a mark in a legend, which needs no room for a series. */
void tide_spark_set_width (TideSpark *self, int width);
/* NULL: empty. */
void tide_spark_set (TideSpark *self, TideSparkData *data);

G_END_DECLS
