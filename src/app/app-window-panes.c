/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registry of panes, in the order of the sidebar (Ctrl+1, 2, …). A new pane is its own file and a row here; a pane
 * that does not exist has no row. */
#include "app-alerts-pane.h"
#include "app-analyses-pane.h"
#include "app-cost-pane.h"
#include "app-historical-pane.h"
#include "app-live-pane.h"
#include "app-merged-pane.h"
#include "app-pane.h"
#include "app-quality-pane.h"

#include <glib/gi18n.h>

static const TideAppPaneInfo panes[] = {
  { "live", N_ ("Live"), "tide-live-symbolic", tide_live_pane_get_type },
  { "historical", N_ ("Historical"), "tide-historical-symbolic", tide_historical_pane_get_type },
  { "merged", N_ ("Merged"), "tide-merged-symbolic", tide_merged_pane_get_type },
  { "analyses", N_ ("Analyses"), "tide-analyses-symbolic", tide_analyses_pane_get_type },
  { "alerts", N_ ("Alerts"), "tide-alerts-symbolic", tide_alerts_pane_get_type },
  { "quality", N_ ("Quality"), "tide-quality-symbolic", tide_quality_pane_get_type },
  { "cost", N_ ("Cost & Latency"), "tide-cost-symbolic", tide_cost_pane_get_type },
};

const TideAppPaneInfo *
tide_app_panes (guint *ret_n)
{
  *ret_n = G_N_ELEMENTS (panes);
  return panes;
}
