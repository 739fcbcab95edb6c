/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The colours, once. They were chosen together: any two series, and any series and critical, stay apart
 * for protan, deutan and tritan sight as well, and marks have a contrast of 3 to the card (4.5 in high
 * contrast). Whoever changes one has to compute that again, as test-app-palette does for contrast.
 */
#include "app-palette.h"

#define HEX(rgb) { ((rgb) >> 16 & 0xff) / 255.0f, ((rgb) >> 8 & 0xff) / 255.0f, ((rgb) & 0xff) / 255.0f, 1.0f }
#define BLACK(a) { 0.0f, 0.0f, 0.0f, a }
#define WHITE(a) { 1.0f, 1.0f, 1.0f, a }
#define N_SCHEMES 4

static const TideColour colours[TIDE_N_ROLES][N_SCHEMES] = {
  [TIDE_ROLE_SERIES_1] = { HEX (0x3b78d8), HEX (0x3f8ff0), HEX (0x2975d9), HEX (0x69a6fb) },
  [TIDE_ROLE_SERIES_2] = { HEX (0xd77939), HEX (0xc47d04), HEX (0x9c6d1b), HEX (0xf58028) },
  [TIDE_ROLE_SERIES_3] = { HEX (0x196467), HEX (0xb3f5e3), HEX (0x236a65), HEX (0x88f3f1) },
  [TIDE_ROLE_SERIES_4] = { HEX (0x6d2892), HEX (0xf9a5f4), HEX (0x6c329f), HEX (0xcf8ac0) },
  [TIDE_ROLE_SERIES_5] = { HEX (0x5e6705), HEX (0xc8d800), HEX (0x142e00), HEX (0xedd55e) },
  [TIDE_ROLE_OTHER] = { HEX (0x8a898f), HEX (0xa8a8ab), HEX (0x3d3846), HEX (0xc0bfbc) },
  [TIDE_ROLE_BATCH] = { HEX (0x1b4b84), HEX (0x5c92d6), HEX (0x0b2f5c), HEX (0x9cc3f5) },
  [TIDE_ROLE_SPEED] = { HEX (0x12918a), HEX (0x8fe9dc), HEX (0x00605b), HEX (0xb9fff4) },
  [TIDE_ROLE_CUT] = { HEX (0x1e1e1e), HEX (0xffffff), HEX (0x000000), HEX (0xffffff) },
  [TIDE_ROLE_CUT_TEXT] = { HEX (0xffffff), HEX (0x1e1e1e), HEX (0xffffff), HEX (0x000000) },
  [TIDE_ROLE_CRITICAL] = { HEX (0xd0103a), HEX (0xff7b63), HEX (0xb0002a), HEX (0xff9c8a) },
  [TIDE_ROLE_WARNING] = { HEX (0x8f6200), HEX (0xf8e45c), HEX (0x6b4900), HEX (0xfff08a) },
  [TIDE_ROLE_GOOD] = { HEX (0x1b7f4d), HEX (0x8ff0a4), HEX (0x0b5c34), HEX (0xa8ffba) },
  [TIDE_ROLE_GRID] = { BLACK (0.07f), WHITE (0.07f), BLACK (0.25f), WHITE (0.25f) },
  [TIDE_ROLE_AXIS] = { BLACK (0.28f), WHITE (0.28f), BLACK (0.80f), WHITE (0.80f) },
  [TIDE_ROLE_FOREGROUND] = { BLACK (0.87f), HEX (0xffffff), HEX (0x000000), HEX (0xffffff) },
  [TIDE_ROLE_DIM] = { BLACK (0.60f), WHITE (0.60f), BLACK (0.80f), WHITE (0.80f) },
  [TIDE_ROLE_PREVIOUS] = { BLACK (0.50f), WHITE (0.50f), BLACK (0.70f), WHITE (0.70f) },
  [TIDE_ROLE_SURFACE] = { HEX (0xffffff), HEX (0x363636), HEX (0xffffff), HEX (0x363636) },
};

/* Twins for text where they differ from the mark's colour: light and dark only. */
static const TideColour text_colours[TIDE_ROLE_SPEED + 1][2] = {
  [TIDE_ROLE_SERIES_1] = { HEX (0x2f66c0), HEX (0x6fb1ff) },
  [TIDE_ROLE_SERIES_2] = { HEX (0xa8520f), HEX (0xe29a2e) },
  [TIDE_ROLE_SERIES_3] = { HEX (0x196467), HEX (0xb3f5e3) },
  [TIDE_ROLE_SERIES_4] = { HEX (0x6d2892), HEX (0xf9a5f4) },
  [TIDE_ROLE_SERIES_5] = { HEX (0x5e6705), HEX (0xc8d800) },
  [TIDE_ROLE_OTHER] = { HEX (0x6a696f), HEX (0xb0afb5) },
  [TIDE_ROLE_BATCH] = { HEX (0x1b4b84), HEX (0x8db5ea) },
  [TIDE_ROLE_SPEED] = { HEX (0x0e7c76), HEX (0x8fe9dc) },
};

TideScheme
tide_palette_scheme (bool dark, bool high_contrast)
{
  if (high_contrast)
    return dark ? TIDE_SCHEME_CONTRAST_DARK : TIDE_SCHEME_CONTRAST_LIGHT;
  return dark ? TIDE_SCHEME_DARK : TIDE_SCHEME_LIGHT;
}

bool
tide_palette_is_contrast (TideScheme scheme)
{
  return scheme >= TIDE_SCHEME_CONTRAST_LIGHT;
}

TideColour
tide_palette_get (TideScheme scheme, TideRole role)
{
  g_assert (role < TIDE_N_ROLES);
  return colours[role][scheme];
}

TideColour
tide_palette_get_text (TideScheme scheme, TideRole role)
{
  g_assert (role < TIDE_N_ROLES);
  if (role == TIDE_ROLE_PREVIOUS)
    return colours[TIDE_ROLE_DIM][scheme];
  if (role > TIDE_ROLE_SPEED)
    return colours[role][scheme];
  if (tide_palette_is_contrast (scheme))
    return colours[TIDE_ROLE_FOREGROUND][scheme];
  return text_colours[role][scheme];
}

TideColour
tide_colour_with_alpha (TideColour colour, double alpha)
{
  colour.alpha *= (float) alpha;
  return colour;
}

char *
tide_colour_to_string (TideColour colour)
{
  int red = (int) (colour.red * 255.0f + 0.5f), green = (int) (colour.green * 255.0f + 0.5f);
  int blue = (int) (colour.blue * 255.0f + 0.5f), alpha = (int) (colour.alpha * 255.0f + 0.5f);

  if (alpha == 255)
    return g_strdup_printf ("#%02x%02x%02x", red, green, blue);
  return g_strdup_printf ("#%02x%02x%02x%02x", red, green, blue, alpha);
}

TideRole
tide_palette_role_of_group (uint32_t group)
{
  return group == 0 ? TIDE_ROLE_OTHER : (TideRole) (TIDE_ROLE_SERIES_1 + (group - 1) % 5);
}

TideMark
tide_palette_mark_of_role (TideRole role)
{
  return role <= TIDE_ROLE_OTHER ? (TideMark) role : TIDE_MARK_CIRCLE;
}

const char *
tide_palette_mark_text (TideMark mark)
{
  static const char *const texts[] = { "●", "■", "◆", "▲", "▼", "✕" };

  return texts[mark];
}
