/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Contrast of every mark and text to the card, computed as WCAG 2 does, and that a group keeps its place.
 */
#include "app-palette.h"

#include <math.h>

static double
channel (double value)
{
  return value <= 0.04045 ? value / 12.92 : pow ((value + 0.055) / 1.055, 2.4);
}

static double
luminance (TideColour colour, TideColour under)
{
  double alpha = colour.alpha;

  return 0.2126 * channel (colour.red * alpha + under.red * (1 - alpha))
         + 0.7152 * channel (colour.green * alpha + under.green * (1 - alpha))
         + 0.0722 * channel (colour.blue * alpha + under.blue * (1 - alpha));
}

static double
contrast (TideColour colour, TideColour under)
{
  double a = luminance (colour, under), b = luminance (under, under);

  return (MAX (a, b) + 0.05) / (MIN (a, b) + 0.05);
}

static void
test_contrast (void)
{
  for (TideScheme scheme = TIDE_SCHEME_LIGHT; scheme <= TIDE_SCHEME_CONTRAST_DARK; scheme++)
    {
      TideColour card = tide_palette_get (scheme, TIDE_ROLE_SURFACE);
      double least = tide_palette_is_contrast (scheme) ? 4.5 : 3.0;

      for (TideRole role = TIDE_ROLE_SERIES_1; role <= TIDE_ROLE_GOOD; role++)
        {
          if (role == TIDE_ROLE_CUT_TEXT)
            continue;
          g_assert_cmpfloat (contrast (tide_palette_get (scheme, role), card), >=, least);
          g_assert_cmpfloat (contrast (tide_palette_get_text (scheme, role), card), >=, 4.5);
        }
      g_assert_cmpfloat (contrast (tide_palette_get_text (scheme, TIDE_ROLE_DIM), card), >=, 4.5);
      g_assert_cmpfloat (contrast (tide_palette_get (scheme, TIDE_ROLE_CUT_TEXT),
                                   tide_palette_get (scheme, TIDE_ROLE_CUT)), >=, 7.0);
    }
}

static void
test_groups (void)
{
  g_assert_cmpint (tide_palette_role_of_group (0), ==, TIDE_ROLE_OTHER);
  g_assert_cmpint (tide_palette_role_of_group (1), ==, TIDE_ROLE_SERIES_1);
  g_assert_cmpint (tide_palette_role_of_group (5), ==, TIDE_ROLE_SERIES_5);
  for (uint32_t group = 1; group < 1000; group++)
    g_assert_cmpint (tide_palette_role_of_group (group), <, TIDE_ROLE_OTHER);
  g_assert_cmpint (tide_palette_mark_of_role (TIDE_ROLE_OTHER), ==, TIDE_MARK_CROSS);
  g_assert_cmpint (tide_palette_mark_of_role (TIDE_ROLE_BATCH), ==, TIDE_MARK_CIRCLE);
}

static void
test_string (void)
{
  g_autofree char *solid = tide_colour_to_string (tide_palette_get (TIDE_SCHEME_LIGHT, TIDE_ROLE_BATCH));
  g_autofree char *half = tide_colour_to_string (
      tide_colour_with_alpha (tide_palette_get (TIDE_SCHEME_LIGHT, TIDE_ROLE_BATCH), 0.5));

  g_assert_cmpstr (solid, ==, "#1b4b84");
  g_assert_cmpstr (half, ==, "#1b4b8480");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/palette/contrast", test_contrast);
  g_test_add_func ("/app/palette/groups", test_groups);
  g_test_add_func ("/app/palette/string", test_string);
  return g_test_run ();
}
