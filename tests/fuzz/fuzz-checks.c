/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of results of checks, or of expectations: read, or refused with words. */
#include "fuzz.h"
#include "ingest.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL, other = NULL;
  g_autoptr (TideChecks) checks = tide_checks_parse ((const char *) data, size, &error);
  g_autoptr (TideSuite) suite = tide_suite_parse ((const char *) data, size, &other);
  guint n = 0;

  fuzz_check ((checks != NULL) == (error == NULL));
  fuzz_check ((suite != NULL) == (other == NULL));
  for (guint i = 0; checks != NULL && i < TIDE_N_CHECK_STATUSES; i++)
    n += checks->counts[i];
  fuzz_check (checks == NULL || n == checks->checks->len);
  return 0;
}
