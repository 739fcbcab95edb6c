/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words are kept beside the combo's model, at the same places. */
#include "app-choice-row.h"

#include "app-preferences-private.h"

#define VALUES "tide-choice-values"

static GPtrArray *
values_of (GtkWidget *row)
{
  return g_object_get_data (G_OBJECT (row), VALUES);
}

GtkWidget *
tide_choice_row_new (const char *title)
{
  GtkWidget *row = adw_combo_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  tide_preferences_name (row, title);
  tide_choice_row_set_choices (row, NULL, NULL, 0);
  return row;
}

void
tide_choice_row_set_choices (GtkWidget *row, const char *const *values, const char *const *titles, guint n)
{
  g_autofree char *chosen = g_strdup (tide_choice_row_get_value (row));
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);
  guint selected = 0;

  for (guint i = 0; i < n; i++)
    {
      gtk_string_list_append (list, titles[i]);
      g_ptr_array_add (words, g_strdup (values[i]));
      if (g_strcmp0 (chosen, values[i]) == 0)
        selected = i;
    }
  g_object_set_data_full (G_OBJECT (row), VALUES, words, (GDestroyNotify) g_ptr_array_unref);
  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (list));
  adw_combo_row_set_selected (ADW_COMBO_ROW (row), n > 0 ? selected : GTK_INVALID_LIST_POSITION);
}

void
tide_choice_row_set_value (GtkWidget *row, const char *value)
{
  GPtrArray *words = values_of (row);
  guint at = 0;

  while (at < words->len && g_strcmp0 (words->pdata[at], value) != 0)
    at++;
  if (at == words->len && value == NULL)
    return;
  if (at == words->len)
    {
      g_ptr_array_add (words, g_strdup (value));
      gtk_string_list_append (GTK_STRING_LIST (adw_combo_row_get_model (ADW_COMBO_ROW (row))), value);
    }
  adw_combo_row_set_selected (ADW_COMBO_ROW (row), at);
}

const char *
tide_choice_row_get_value (GtkWidget *row)
{
  const GPtrArray *words = values_of (row);
  guint at = adw_combo_row_get_selected (ADW_COMBO_ROW (row));

  return words != NULL && at < words->len ? words->pdata[at] : NULL;
}
