/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A combo of words of the workspace file, shown to a person by titles. Thread: main. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Without choices yet. "notify::selected" tells of a choice. */
GtkWidget *tide_choice_row_new (const char *title);
/* @values: n words, of which one may be NULL: the key is not set; @titles: as many. What was chosen stays chosen if it is
 * still there; else the first is. */
void tide_choice_row_set_choices (GtkWidget *row, const char *const *values, const char *const *titles, guint n);
/* A word that is none of the choices becomes one, so that saving does not lose it. */
void tide_choice_row_set_value (GtkWidget *row, const char *value);
/* Borrowed until the choices change; NULL: not set, or there is no choice. */
const char *tide_choice_row_get_value (GtkWidget *row);

G_END_DECLS
