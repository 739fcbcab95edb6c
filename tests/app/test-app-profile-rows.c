/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Profiles by day: the newest day, the week before it merged, days without events. */
#include "app-profile-rows.h"

#include <math.h>

static const char conf[] = "[workspace]\nversion=1\nname=w\n[stream s]\nformat=json\n[field s.amount]\ntype=int\n[field s.city]\ntype=text\n";

static TideProfile *
profile_new (const char *field, TideTime day, gint64 events, gint64 nulls, double value)
{
  TideProfile *profile = tide_profile_new ("s", field, day);

  profile->events = events;
  profile->nulls = nulls;
  for (gint64 i = 0; i < events - nulls; i++)
    {
      tide_distinct_add (&profile->distinct, (uint64_t) (i + 1) * 0x9e3779b97f4a7c15u);
      if (!isnan (value))
        tide_quantiles_add (&profile->quantiles, value, 1);
    }
  return profile;
}

static void
test_days (void)
{
  g_autoptr (TideWorkspace) workspace = tide_workspace_parse (NULL, conf, tide_pipeline_catalog (), NULL);
  const TideStream *stream = tide_workspace_get_stream (workspace, "s");
  g_autoptr (GPtrArray) profiles = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_profile_free), fields = NULL;
  TideTime first[TIDE_PROFILE_DAYS + 1];
  TideProfile *city;
  const TideFieldProfile *amount;

  for (int i = 0; i <= TIDE_PROFILE_DAYS; i++)
    first[i] = i * TIDE_DAY;
  g_ptr_array_add (profiles, profile_new ("amount", 2 * TIDE_DAY, 10, 0, 7));   /* before the week */
  g_ptr_array_add (profiles, profile_new ("amount", 6 * TIDE_DAY, 10, 5, 100));
  g_ptr_array_add (profiles, profile_new ("amount", 11 * TIDE_DAY, 10, 0, 100));
  g_ptr_array_add (profiles, profile_new ("amount", 12 * TIDE_DAY, 20, 10, 200)); /* the newest; today none came */
  g_ptr_array_add (profiles, profile_new ("amount", 90 * TIDE_DAY, 20, 10, 200));
  city = profile_new ("city", 12 * TIDE_DAY, 4, 1, NAN);
  tide_profile_add_top (city, "Kiel", 2);
  tide_profile_add_top (city, "Bonn", 1);
  g_ptr_array_add (profiles, city);
  fields = tide_profile_summarise (stream, profiles, first);
  g_assert_cmpuint (fields->len, ==, 2);
  amount = g_ptr_array_index (fields, 0);
  g_assert_cmpint (amount->newest, ==, 12);
  g_assert_cmpuint (amount->n_days, ==, 4);
  g_assert_cmpfloat (amount->nulls[12], ==, 0.5);
  g_assert_true (isnan (amount->nulls[13]));
  g_assert_cmpfloat_with_epsilon (amount->nulls_before, 0.25, 1e-12);
  g_assert_cmpfloat_with_epsilon (amount->medians[12], 200, 2);
  g_assert_cmpfloat_with_epsilon (amount->median_before, 100, 1);
  g_assert_cmpfloat_with_epsilon (amount->distinct[12], 10, 0.5);
  g_assert_cmpfloat_with_epsilon (amount->distinct_before, 7.5, 0.5);
  g_assert_true (g_str_has_prefix (((TideFieldProfile *) g_ptr_array_index (fields, 1))->top, "Kiel 50"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/profile/days", test_days);
  return g_test_run ();
}
