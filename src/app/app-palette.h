/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every colour of data and of trouble, and the marks that say the same without colour. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Straight alpha, 0 .. 1; laid out as GdkRGBA. */
typedef struct
{
  float red, green, blue, alpha;
} TideColour;

typedef enum
{
  TIDE_SCHEME_LIGHT,
  TIDE_SCHEME_DARK,
  TIDE_SCHEME_CONTRAST_LIGHT,
  TIDE_SCHEME_CONTRAST_DARK,
} TideScheme;

typedef enum
{
  TIDE_ROLE_SERIES_1,
  TIDE_ROLE_SERIES_2,
  TIDE_ROLE_SERIES_3,
  TIDE_ROLE_SERIES_4,
  TIDE_ROLE_SERIES_5,
  TIDE_ROLE_OTHER,
  TIDE_ROLE_BATCH,
  TIDE_ROLE_SPEED,
  TIDE_ROLE_CUT,
  TIDE_ROLE_CUT_TEXT, /* on the cut's pill */
  TIDE_ROLE_CRITICAL,
  TIDE_ROLE_WARNING,
  TIDE_ROLE_GOOD,
  TIDE_ROLE_GRID,
  TIDE_ROLE_AXIS,
  TIDE_ROLE_FOREGROUND,
  TIDE_ROLE_DIM,      /* text that explains: 60 % */
  TIDE_ROLE_PREVIOUS, /* line of the previous period */
  TIDE_ROLE_SURFACE,  /* the card */
  TIDE_N_ROLES,
} TideRole;

/* Shapes at the last point, in labels, tables and legends. */
typedef enum
{
  TIDE_MARK_CIRCLE,
  TIDE_MARK_SQUARE,
  TIDE_MARK_DIAMOND,
  TIDE_MARK_UP,
  TIDE_MARK_DOWN,
  TIDE_MARK_CROSS,
} TideMark;

TideScheme tide_palette_scheme (bool dark, bool high_contrast);
bool tide_palette_is_contrast (TideScheme scheme);
TideColour tide_palette_get (TideScheme scheme, TideRole role);
/* The twin of a role for text: contrast of 4.5 to the card; the foreground in high contrast. */
TideColour tide_palette_get_text (TideScheme scheme, TideRole role);
TideColour tide_colour_with_alpha (TideColour colour, double alpha);
/* "#rrggbb" (or "#rrggbbaa" below full alpha), for CSS and Pango. */
char *tide_colour_to_string (TideColour colour);
/* By a group's id in its metric's dictionary, so that it keeps its colour and mark everywhere; 0 is `other`. */
TideRole tide_palette_role_of_group (uint32_t group);
TideMark tide_palette_mark_of_role (TideRole role);
/* "●", "■" … for text. */
const char *tide_palette_mark_text (TideMark mark);

G_END_DECLS
