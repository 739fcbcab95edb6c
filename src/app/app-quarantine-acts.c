/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Discard and edit, each on a worker; a discarded event can be brought back, so nothing is asked first. What was edited is
 * kept beside what came. Limit: what is no text, or longer than the panel shows, can't be edited here. */
#include "app-quarantine-acts.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-accessible.h"
#include "app-undo-toast.h"

#define EDITABLE_BYTES (256 * 1024)

typedef enum
{
  BUTTON_DISCARD,
  BUTTON_BACK, /* of what was discarded */
  BUTTON_EDIT,
  BUTTON_CANCEL,
  BUTTON_SAVE,
  N_BUTTONS,
} Button;

struct _TideQuarantineActs
{
  AdwBin parent_instance;

  TideJsonPanel *panel; /* which holds this */
  GtkWidget *buttons[N_BUTTONS];
  TidePipeline *pipeline;
  gint64 id; /* 0: none */
  char *text, *reason;
  bool waits, was_discarded, can_edit, is_editing;
};

G_DEFINE_FINAL_TYPE (TideQuarantineActs, tide_quarantine_acts, ADW_TYPE_BIN)

static guint acted;

/* --- on the worker --- */

typedef enum
{
  ACT_DISCARD,
  ACT_BACK,
  ACT_EDIT,
} ActKind;

typedef struct
{
  TideQuarantineActs *acts;
  TidePipeline *pipeline;
  ActKind kind;
  gint64 id;
  GBytes *payload; /* of an edit */
} Act;

static void
act_free (void *data)
{
  Act *act = data;

  g_object_unref (act->acts);
  g_object_unref (act->pipeline);
  g_clear_pointer (&act->payload, g_bytes_unref);
  g_free (act);
}

static Act *
act_copy (const Act *act)
{
  Act *copy = g_memdup2 (act, sizeof *act);

  g_object_ref (copy->acts);
  g_object_ref (copy->pipeline);
  if (copy->payload != NULL)
    g_bytes_ref (copy->payload);
  return copy;
}

/* Thread: worker. */
static void *
run_act (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const Act *act = data;
  TideQuarantineFilter filter = { .id = act->id, .from = TIDE_TIME_NONE, .to = TIDE_TIME_NONE };
  TideWriter *writer = tide_pipeline_get_writer (pipeline);
  TideTime now = g_get_real_time ();
  gint64 n = 0;
  bool ok;

  if (writer == NULL)
    {
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_LOCKED, "another process writes this workspace: do it there");
      return NULL;
    }
  ok = act->kind == ACT_EDIT ? tide_quarantine_edit (writer, act->id, act->payload, now, error)
                             : tide_quarantine_discard (writer, &filter, act->kind == ACT_BACK, now, &n, error);
  return ok ? act_copy (act) : NULL;
}

static void start (Act *act);

static void
undo_discard (void *data)
{
  Act *act = act_copy (data);

  act->kind = ACT_BACK;
  start (act);
}

static void
on_done (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideQuarantineActs) self = data;
  g_autoptr (GError) error = NULL;
  Act *act = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error);

  if (act == NULL)
    {
      gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", error->message);
      return;
    }
  if (act->kind == ACT_DISCARD)
    tide_undo_toast (GTK_WIDGET (self), _ ("The event is discarded"), undo_discard, act_copy (act), act_free);
  else
    gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s",
                                act->kind == ACT_EDIT ? _ ("The payload is saved") : _ ("The event waits again"));
  act_free (act);
  g_signal_emit (self, acted, 0);
}

/* Takes @act. */
static void
start (Act *act)
{
  g_autoptr (TidePipeline) pipeline = g_object_ref (act->pipeline);

  tide_pipeline_run_async (pipeline, run_act, act, act_free, act_free, NULL, on_done, g_object_ref (act->acts));
}

static void
act_on (TideQuarantineActs *self, ActKind kind, GBytes *payload)
{
  Act *act;

  if (self->pipeline == NULL || self->id == 0)
    return;
  act = g_new0 (Act, 1);
  act->acts = g_object_ref (self);
  act->pipeline = g_object_ref (self->pipeline);
  act->kind = kind;
  act->id = self->id;
  act->payload = payload;
  start (act);
}

/* --- buttons --- */

static void
update (TideQuarantineActs *self)
{
  bool shown[N_BUTTONS] = {
    [BUTTON_DISCARD] = self->waits && !self->is_editing,
    [BUTTON_BACK] = self->was_discarded,
    [BUTTON_EDIT] = self->waits && !self->is_editing,
    [BUTTON_CANCEL] = self->is_editing,
    [BUTTON_SAVE] = self->is_editing,
  };

  for (guint i = 0; i < N_BUTTONS; i++)
    gtk_widget_set_visible (self->buttons[i], shown[i]);
  gtk_widget_set_sensitive (self->buttons[BUTTON_EDIT], self->can_edit);
}

static void
set_editing (TideQuarantineActs *self, bool editing)
{
  self->is_editing = editing;
  tide_json_panel_set_editable (self->panel, editing);
  update (self);
}

static void
on_discard (TideQuarantineActs *self)
{
  act_on (self, ACT_DISCARD, NULL);
}

static void
on_back (TideQuarantineActs *self)
{
  act_on (self, ACT_BACK, NULL);
}

static void
on_edit (TideQuarantineActs *self)
{
  set_editing (self, true);
}

static void
on_cancel (TideQuarantineActs *self)
{
  set_editing (self, false);
  tide_json_panel_show (self->panel, self->reason, NULL, self->text);
}

static void
on_save (TideQuarantineActs *self)
{
  char *text = tide_json_panel_get_text (self->panel);

  set_editing (self, false);
  act_on (self, ACT_EDIT, g_bytes_new_take (text, strlen (text)));
}

void
tide_quarantine_acts_set_pipeline (TideQuarantineActs *self, TidePipeline *pipeline)
{
  g_set_object (&self->pipeline, pipeline);
  tide_quarantine_acts_set_entry (self, NULL, NULL);
}

void
tide_quarantine_acts_set_entry (TideQuarantineActs *self, const TideQuarantined *entry, const char *text)
{
  gsize size = 0;
  const char *data = entry != NULL && entry->payload != NULL ? g_bytes_get_data (entry->payload, &size) : NULL;

  g_free (self->text);
  g_free (self->reason);
  self->text = g_strdup (text);
  self->reason = g_strdup (entry != NULL ? entry->reason : NULL);
  self->id = entry != NULL ? entry->id : 0;
  self->waits = entry != NULL && strcmp (entry->state, "new") == 0;
  self->was_discarded = entry != NULL && strcmp (entry->state, "discarded") == 0;
  self->can_edit = data != NULL && size <= EDITABLE_BYTES && g_utf8_validate (data, (gssize) size, NULL);
  set_editing (self, false);
}

/* --- the object --- */

static void
tide_quarantine_acts_dispose (GObject *object)
{
  TideQuarantineActs *self = TIDE_QUARANTINE_ACTS (object);

  g_clear_object (&self->pipeline);
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->reason, g_free);
  G_OBJECT_CLASS (tide_quarantine_acts_parent_class)->dispose (object);
}

static void
tide_quarantine_acts_class_init (TideQuarantineActsClass *class)
{
  G_OBJECT_CLASS (class)->dispose = tide_quarantine_acts_dispose;
  acted = g_signal_new ("acted", TIDE_TYPE_QUARANTINE_ACTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tide_quarantine_acts_init (TideQuarantineActs *self)
{
  static const struct
  {
    const char *label, *tooltip;
    void (*clicked) (TideQuarantineActs *self);
  } specs[N_BUTTONS] = {
    [BUTTON_DISCARD] = { N_ ("_Discard"), N_ ("Nobody wants this event; it stays to be found"), on_discard },
    [BUTTON_BACK] = { N_ ("_Bring back"), N_ ("Let the event wait again"), on_back },
    [BUTTON_EDIT] = { N_ ("_Edit…"), N_ ("Put the payload right; what came is kept beside it"), on_edit },
    [BUTTON_CANCEL] = { N_ ("_Cancel"), N_ ("Leave the payload as it is"), on_cancel },
    [BUTTON_SAVE] = { N_ ("_Save"), N_ ("Save the payload; what came is kept beside it"), on_save },
  };
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);

  gtk_widget_add_css_class (box, "tide-toolbar");
  for (guint i = 0; i < N_BUTTONS; i++)
    {
      self->buttons[i] = gtk_button_new_with_mnemonic (_ (specs[i].label));
      gtk_widget_set_tooltip_text (self->buttons[i], _ (specs[i].tooltip));
      g_signal_connect_object (self->buttons[i], "clicked", G_CALLBACK (specs[i].clicked), self, G_CONNECT_SWAPPED);
      gtk_box_append (GTK_BOX (box), self->buttons[i]);
    }
  gtk_widget_set_hexpand (self->buttons[BUTTON_EDIT], TRUE);
  gtk_widget_set_halign (self->buttons[BUTTON_EDIT], GTK_ALIGN_END);
  gtk_widget_add_css_class (self->buttons[BUTTON_SAVE], "suggested-action");
  tide_accessible_name_buttons (box);
  adw_bin_set_child (ADW_BIN (self), box);
}

GtkWidget *
tide_quarantine_acts_new (TideJsonPanel *panel)
{
  TideQuarantineActs *self = g_object_new (TIDE_TYPE_QUARANTINE_ACTS, NULL);

  self->panel = panel;
  update (self);
  return GTK_WIDGET (self);
}
