/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Undo rather than "are you sure?". */
#include "app-undo-toast.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app-accessible.h"

/* Longer than a toast that only tells: there is something to decide. */
#define SECONDS 20

typedef struct
{
  void (*undo) (void *data);
  void *data;
  GDestroyNotify free_data;
} Undo;

static void
undo_free (void *data)
{
  Undo *undo = data;

  undo->free_data (undo->data);
  g_free (undo);
}

static void
on_button (AdwToast *toast, Undo *undo)
{
  undo->undo (undo->data);
}

void
tide_undo_toast (GtkWidget *widget, const char *text, void (*undo) (void *data), void *data, GDestroyNotify free_data)
{
  GtkWidget *overlay = gtk_widget_get_ancestor (widget, ADW_TYPE_TOAST_OVERLAY);
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  AdwToast *toast;
  Undo *offer;

  if (overlay == NULL)
    {
      free_data (data);
      return;
    }
  offer = g_new (Undo, 1);
  *offer = (Undo){ .undo = undo, .data = data, .free_data = free_data };
  toast = adw_toast_new (escaped);
  adw_toast_set_timeout (toast, SECONDS);
  /* At once, before what others only tell: the time to decide begins with the act. */
  adw_toast_set_priority (toast, ADW_TOAST_PRIORITY_HIGH);
  adw_toast_set_button_label (toast, _ ("_Undo"));
  g_object_set_data_full (G_OBJECT (toast), "undo", offer, undo_free);
  g_signal_connect (toast, "button-clicked", G_CALLBACK (on_button), offer);
  adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), toast);
  tide_accessible_name_buttons (overlay);
}
