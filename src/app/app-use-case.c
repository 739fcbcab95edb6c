/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three starting points. They follow what somebody does with the number: an act within seconds, a correction within the
 * day, or a report. The advisor measures later whether a metric would do with less. */
#include "app-use-case.h"

#include <glib/gi18n.h>

static const TideUseCase cases[] = {
  { N_ ("Act now"), N_ ("Somebody, or an alert, acts on it within seconds"), "real-time", "", "10s", "2%" },
  { N_ ("Steer today"), N_ ("Somebody looks and corrects in the course of the day"), "micro-batch", "1min", "5min", "5%" },
  { N_ ("Report later"), N_ ("It is read in a report, tomorrow or at the end of the month"), "batch", "", "1d", "1%" },
};

const TideUseCase *
tide_use_cases (guint *ret_n)
{
  *ret_n = G_N_ELEMENTS (cases);
  return cases;
}
