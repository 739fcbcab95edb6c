/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Desktop and sound are always there; a webhook when the workspace has it. */
#include "app-route-rows.h"

#include "app-preferences-private.h"

#include <glib/gi18n.h>
#include <string.h>

struct _TideRouteRows
{
  AdwPreferencesGroup *group;
  GPtrArray *names, *ticks; /* of one length */
};

static void
add (TideRouteRows *self, const char *name, const char *title, const char *subtitle, bool ticked, GCallback changed, void *data)
{
  GtkWidget *row = tide_preferences_row_new (title, subtitle), *tick = gtk_switch_new ();

  gtk_switch_set_active (GTK_SWITCH (tick), ticked);
  gtk_widget_set_valign (tick, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), tick);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), tick); /* names it too */
  g_signal_connect_swapped (tick, "notify::active", changed, data);
  adw_preferences_group_add (self->group, row);
  g_ptr_array_add (self->names, g_strdup (name));
  g_ptr_array_add (self->ticks, tick);
}

static bool
has (char **routes, const char *name)
{
  return g_strv_contains ((const char *const *) routes, name);
}

TideRouteRows *
tide_route_rows_new (AdwPreferencesGroup *group, const TideWorkspace *workspace, const char *routes, GCallback changed, void *data)
{
  TideRouteRows *self = g_new0 (TideRouteRows, 1);
  g_auto (GStrv) chosen = g_strsplit (routes != NULL ? routes : TIDE_ROUTE_DESKTOP, ",", -1);

  for (guint i = 0; chosen[i] != NULL; i++)
    g_strstrip (chosen[i]);
  self->group = group;
  self->names = g_ptr_array_new_with_free_func (g_free);
  self->ticks = g_ptr_array_new ();
  add (self, TIDE_ROUTE_DESKTOP, _ ("Desktop notification"), NULL, has (chosen, TIDE_ROUTE_DESKTOP), changed, data);
  add (self, TIDE_ROUTE_SOUND, _ ("Sound"), NULL, has (chosen, TIDE_ROUTE_SOUND), changed, data);
  for (guint i = 0; i < workspace->routes->len; i++)
    {
      const TideRoute *route = g_ptr_array_index (workspace->routes, i);
      g_autofree char *title = g_strdup_printf (_ ("Webhook %s"), route->name);

      add (self, route->name, title, route->url, has (chosen, route->name), changed, data);
    }
  return self;
}

void
tide_route_rows_free (TideRouteRows *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->names);
  g_ptr_array_unref (self->ticks);
  g_free (self);
}

char *
tide_route_rows_get_value (const TideRouteRows *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < self->names->len; i++)
    if (gtk_switch_get_active (self->ticks->pdata[i]))
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", (const char *) self->names->pdata[i]);
  if (text->len == 0)
    return g_strdup ("none");
  return strcmp (text->str, TIDE_ROUTE_DESKTOP) == 0 ? NULL : g_strdup (text->str);
}
