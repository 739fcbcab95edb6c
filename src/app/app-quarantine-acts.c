/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replay, discard and edit, each on a worker; a discarded event can be brought back, so nothing is asked first. What was edited is
 * kept beside what came. Limit: what is no text, or longer than the panel shows, can't be edited here. */
#include "app-quarantine-acts.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-accessible.h"
#include "app-format.h"
#include "app-undo-toast.h"

#define EDITABLE_BYTES (256 * 1024)

typedef enum
{
  BUTTON_DISCARD,
  BUTTON_BACK, /* of what was discarded */
  BUTTON_EDIT,
  BUTTON_REPLAY,
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
  char *ids; /* of several */
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
  ACT_REPLAY,
} ActKind;

typedef struct
{
  TideQuarantineActs *acts;
  TidePipeline *pipeline;
  ActKind kind;
  TideQuarantineWanted *wanted;
  GBytes *payload;         /* of an edit */
  TideReplayCounts counts; /* of a replay */
  gint64 n;                /* that were discarded or brought back */
} Act;

static void
act_free (void *data)
{
  Act *act = data;

  g_object_unref (act->acts);
  g_object_unref (act->pipeline);
  tide_quarantine_wanted_free (act->wanted);
  g_clear_pointer (&act->payload, g_bytes_unref);
  g_free (act);
}

static Act *
act_copy (const Act *act)
{
  Act *copy = g_memdup2 (act, sizeof *act);

  g_object_ref (copy->acts);
  g_object_ref (copy->pipeline);
  copy->wanted = tide_quarantine_wanted_copy (act->wanted);
  if (copy->payload != NULL)
    g_bytes_ref (copy->payload);
  return copy;
}

/* Thread: worker. */
static void *
run_act (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  const Act *act = data;
  TideQuarantineFilter filter = tide_quarantine_wanted_filter (act->wanted);
  TideReplayCounts counts = { 0, 0 };
  TideTime at = TIDE_TIME_NONE;
  gint64 n = 0;
  gsize len = 0;
  const char *payload = act->payload != NULL ? g_bytes_get_data (act->payload, &len) : NULL;
  Act *done;
  bool ok;

  filter.state = NULL; /* what is done says which */
  ok = act->kind == ACT_REPLAY ? tide_pipeline_replay (pipeline, &filter, &counts, cancellable, error)
       : act->kind == ACT_EDIT ? tide_pipeline_edit_quarantined (pipeline, filter.id, payload, len, error)
                               : tide_pipeline_discard (pipeline, &filter, act->kind == ACT_BACK, &n, &at, error);
  done = ok ? act_copy (act) : NULL;
  if (done == NULL)
    return NULL;
  done->counts = counts;
  done->n = n;
  done->wanted->changed = act->kind == ACT_DISCARD ? at : TIDE_TIME_NONE; /* just these come back */
  return done;
}

static void start (Act *act);

static void
undo_discard (void *data)
{
  Act *act = act_copy (data);

  act->kind = ACT_BACK;
  start (act);
}

static char *
describe (const Act *act)
{
  g_autofree char *stored = tide_format_int (act->counts.stored), *failed = tide_format_int (act->counts.failed),
                  *n = tide_format_int (act->n);

  switch (act->kind)
    {
    case ACT_EDIT:
      return g_strdup (_ ("The payload is saved"));
    case ACT_BACK:
      return act->n == 1 ? g_strdup (_ ("The event waits again")) : g_strdup_printf (_ ("%s events wait again"), n);
    case ACT_DISCARD:
      return act->n == 1 ? g_strdup (_ ("The event is discarded")) : g_strdup_printf (_ ("%s events are discarded"), n);
    case ACT_REPLAY:
    default:
      return act->counts.failed > 0 ? g_strdup_printf (_ ("%s stored, %s failed again"), stored, failed)
                                    : g_strdup_printf (_ ("%s stored"), stored);
    }
}

static void
on_done (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideQuarantineActs) self = data;
  g_autoptr (GError) error = NULL;
  Act *act = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, &error);
  g_autofree char *text = act != NULL ? describe (act) : NULL;

  if (act == NULL)
    {
      gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", error->message);
      return;
    }
  if (act->kind == ACT_DISCARD)
    tide_undo_toast (GTK_WIDGET (self), text, undo_discard, act_copy (act), act_free);
  else
    gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", text);
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

/* Takes @payload. */
static void
act_on (TideQuarantineActs *self, ActKind kind, const TideQuarantineWanted *wanted, GBytes *payload)
{
  Act *act;

  if (self->pipeline == NULL)
    return;
  act = g_new0 (Act, 1);
  act->acts = g_object_ref (self);
  act->pipeline = g_object_ref (self->pipeline);
  act->kind = kind;
  act->wanted = tide_quarantine_wanted_copy (wanted);
  act->payload = payload;
  start (act);
}

static void
act_on_shown (TideQuarantineActs *self, ActKind kind, GBytes *payload)
{
  const TideQuarantineWanted wanted = { .id = self->id, .ids = self->ids };

  if (self->id != 0 || self->ids != NULL)
    act_on (self, kind, &wanted, payload);
}

static void
on_replay_all (AdwMessageDialog *dialog, const char *response, TideQuarantineActs *self)
{
  if (strcmp (response, "replay") == 0)
    act_on (self, ACT_REPLAY, g_object_get_data (G_OBJECT (dialog), "tide-wanted"), NULL);
}

void
tide_quarantine_acts_replay_all (TideQuarantineActs *self, const TideQuarantineWanted *wanted)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), _ ("Replay All That Match?"),
                                              _ ("Every event that waits and is listed is tried with the rules of now: what holds is stored, what "
                                                 "fails again comes back with its reasons."));
  TideQuarantineWanted *asked = tide_quarantine_wanted_copy (wanted);

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "replay", _ ("_Replay All"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "replay", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_object_set_data_full (G_OBJECT (dialog), "tide-wanted", asked, (GDestroyNotify) tide_quarantine_wanted_free);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_replay_all), self, 0);
  tide_accessible_name_buttons (dialog);
  gtk_window_present (GTK_WINDOW (dialog));
}

void
tide_quarantine_acts_discard_all (TideQuarantineActs *self, const TideQuarantineWanted *wanted)
{
  act_on (self, ACT_DISCARD, wanted, NULL);
}

/* --- buttons --- */

static void
update (TideQuarantineActs *self)
{
  bool shown[N_BUTTONS] = {
    [BUTTON_DISCARD] = self->waits && !self->is_editing,
    [BUTTON_BACK] = self->was_discarded,
    [BUTTON_EDIT] = self->waits && !self->is_editing && self->ids == NULL,
    [BUTTON_REPLAY] = self->waits && !self->is_editing,
    [BUTTON_CANCEL] = self->is_editing,
    [BUTTON_SAVE] = self->is_editing,
  };

  bool any = false;

  for (guint i = 0; i < N_BUTTONS; i++)
    {
      gtk_widget_set_visible (self->buttons[i], shown[i]);
      any |= shown[i];
    }
  gtk_widget_set_visible (GTK_WIDGET (self), any);
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
  act_on_shown (self, ACT_DISCARD, NULL);
}

static void
on_back (TideQuarantineActs *self)
{
  act_on_shown (self, ACT_BACK, NULL);
}

static void
on_replay (TideQuarantineActs *self)
{
  act_on_shown (self, ACT_REPLAY, NULL);
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
  act_on_shown (self, ACT_EDIT, g_bytes_new_take (text, strlen (text)));
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
  g_clear_pointer (&self->ids, g_free);
  self->text = g_strdup (text);
  self->reason = g_strdup (entry != NULL ? entry->reason : NULL);
  self->id = entry != NULL ? entry->id : 0;
  self->waits = entry != NULL && strcmp (entry->state, "new") == 0;
  self->was_discarded = entry != NULL && strcmp (entry->state, "discarded") == 0;
  self->can_edit = data != NULL && size <= EDITABLE_BYTES && g_utf8_validate (data, (gssize) size, NULL);
  set_editing (self, false);
}

void
tide_quarantine_acts_set_many (TideQuarantineActs *self, const char *ids, const char *state)
{
  tide_quarantine_acts_set_entry (self, NULL, NULL);
  self->ids = g_strdup (ids);
  self->waits = g_strcmp0 (state, "new") == 0;
  self->was_discarded = g_strcmp0 (state, "discarded") == 0;
  update (self);
}

/* --- the object --- */

static void
tide_quarantine_acts_dispose (GObject *object)
{
  TideQuarantineActs *self = TIDE_QUARANTINE_ACTS (object);

  g_clear_object (&self->pipeline);
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->ids, g_free);
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
    [BUTTON_REPLAY] = { N_ ("_Replay"), N_ ("Try the event again with the rules of now"), on_replay },
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
  gtk_widget_add_css_class (self->buttons[BUTTON_REPLAY], "suggested-action");
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
