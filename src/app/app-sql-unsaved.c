/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The question before a window or workspace with changed SQL is closed. Workers are joined when the workspace is closed, so what is
 * saved here is on the disk before the program ends. */
#include "app-sql-unsaved.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

#include "app-accessible.h"
#include "app-sql-draft.h"

typedef struct
{
  GPtrArray *drafts; /* TideSqlDraft* */
  void (*go_on) (void *data);
  void *data;
  GDestroyNotify free_data;
} Question;

static void
question_free (void *data, GClosure *closure)
{
  Question *question = data;

  g_ptr_array_unref (question->drafts);
  question->free_data (question->data);
  g_free (question);
}

static void
on_response (AdwMessageDialog *dialog, const char *response, Question *question)
{
  if (strcmp (response, "cancel") == 0)
    return;
  for (guint i = 0; i < question->drafts->len; i++)
    if (strcmp (response, "save") == 0)
      tide_sql_draft_save (g_ptr_array_index (question->drafts, i));
    else
      tide_sql_draft_discard (g_ptr_array_index (question->drafts, i));
  question->go_on (question->data);
}

static void
show_question (GtkWindow *window, Question *question, const char *files)
{
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (adw_message_dialog_new (window, _ ("Save Changed SQL?"), NULL));

  adw_message_dialog_format_body (dialog, _ ("Changes to %s are lost otherwise."), files);
  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "discard", _ ("_Discard"), "save", _ ("_Save"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "discard", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_response_appearance (dialog, "save", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, "save");
  adw_message_dialog_set_close_response (dialog, "cancel");
  tide_accessible_name_buttons (GTK_WIDGET (dialog));
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_response), question, question_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

bool
tide_sql_unsaved_ask (GHashTable *drafts, GtkWindow *window, void (*go_on) (void *data), void *data,
                      GDestroyNotify free_data)
{
  g_autoptr (GPtrArray) changed = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GString) files = g_string_new (NULL);
  GHashTableIter iter;
  Question *question;
  void *draft;

  g_hash_table_iter_init (&iter, drafts);
  while (g_hash_table_iter_next (&iter, NULL, &draft))
    if (tide_sql_draft_is_modified (draft) && !tide_sql_draft_is_saving (draft))
      {
        g_ptr_array_add (changed, g_object_ref (draft));
        g_string_append_printf (files, "%s%s", files->len > 0 ? ", " : "", tide_sql_draft_get_file (draft));
      }
  if (changed->len == 0)
    return false;
  question = g_new0 (Question, 1);
  question->drafts = g_steal_pointer (&changed);
  question->go_on = go_on;
  question->data = data;
  question->free_data = free_data;
  show_question (window, question, files->str);
  return true;
}
