/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "app-job-item.h"

G_BEGIN_DECLS

/* A cell of the table of Analyses; it shows nothing until it is updated. Its button activates "job.act" with the job's
 * name. Thread: main. */
GtkWidget *tide_job_cell_new (TideJobColumn column);
void tide_job_cell_update (GtkWidget *cell, TideJobItem *item, TideJobColumn column, GArray *asleep, TideTime now);

G_END_DECLS
