/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first page: try the demo, connect to a stream, or open one of the last workspaces; and the pages on the way to an
 * open workspace (consent, opening, an error that says what to do). It decides nothing: buttons are actions of the
 * window. The drawing is the idea of the application: solid batch, the cut, hatched speed. */
#include "app-welcome.h"

#include "app-format.h"
#include "app-mark.h"
#include "app-workspaces.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

struct _TideWelcome
{
  AdwBin parent_instance;

  GtkStack *pages;
  GtkDrawingArea *drawing;
  GtkListBox *recent;
  AdwStatusPage *consent, *opening, *problem;
  GtkListBox *reach;
  GtkWidget *retry;
};

G_DEFINE_FINAL_TYPE (TideWelcome, tide_welcome, ADW_TYPE_BIN)

/* The cut */

static const double batch[] = { .26, .37, .355, .325, .35, .30, .175, .135, .20, .215, .215, .31, .405, .36, .29, .305,
                                .28, .19, .20 };
static const double speed[] = { .32, .39, .415, .52, .62, .58, .51, .535, .55, .51, .55 };

static void
set_role (cairo_t *cr, TideRole role, double alpha)
{
  TideColour colour = tide_palette_get (tide_app_scheme (), role);

  cairo_set_source_rgba (cr, colour.red, colour.green, colour.blue, colour.alpha * alpha);
}

static void
hatched_bar (cairo_t *cr, double x, double y, double width, double height)
{
  cairo_rectangle (cr, x, y, width, height);
  set_role (cr, TIDE_ROLE_SPEED, 0.28);
  cairo_fill_preserve (cr);
  cairo_save (cr);
  cairo_clip (cr);
  set_role (cr, TIDE_ROLE_SPEED, 1);
  cairo_set_line_width (cr, 1.5);
  for (double d = -height; d < height + width; d += 5)
    {
      cairo_move_to (cr, x - 1, y + d + width + 1);
      cairo_line_to (cr, x + width + 1, y + d - 1);
    }
  cairo_stroke (cr);
  cairo_restore (cr);
  cairo_rectangle (cr, x + 0.5, y + 0.5, width - 1, height - 1);
  cairo_set_line_width (cr, 1);
  cairo_stroke (cr);
}

static void
draw_cut (GtkDrawingArea *area, cairo_t *cr, int width, int height, void *data)
{
  const int n_batch = G_N_ELEMENTS (batch), n_speed = G_N_ELEMENTS (speed);
  double pitch = 11, bar = 7, x = (width - pitch * (n_batch + n_speed)) / 2, base = height - 2, full = height;
  double cut = round (x + n_batch * pitch - 2);

  set_role (cr, TIDE_ROLE_BATCH, 1);
  for (int i = 0; i < n_batch; i++)
    cairo_rectangle (cr, round (x + i * pitch), base - full * batch[i], bar, full * batch[i]);
  cairo_fill (cr);
  for (int i = 0; i < n_speed; i++)
    hatched_bar (cr, round (x + (n_batch + i) * pitch) + 2, base - round (full * speed[i]), bar, round (full * speed[i]));
  set_role (cr, TIDE_ROLE_CUT, 1);
  cairo_rectangle (cr, cut, 0, 2, height);
  cairo_fill (cr);
}

/* Recent workspaces */

static char *
describe_day (TideTime opened)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local (), then = g_date_time_new_from_unix_local (opened / TIDE_SECOND);

  if (then == NULL)
    return g_strdup ("");
  if (g_date_time_get_year (now) == g_date_time_get_year (then)
      && g_date_time_get_day_of_year (now) == g_date_time_get_day_of_year (then))
    return g_strdup (_ ("today"));
  return tide_format_date (opened, NULL);
}

static char *
shorten_home (const char *dir)
{
  const char *home = g_get_home_dir ();
  gsize len = strlen (home);

  if (len > 1 && g_str_has_prefix (dir, home) && dir[len] == '/')
    return g_strconcat ("~", dir + len, NULL);
  return g_strdup (dir);
}

static GtkWidget *
new_recent_row (const TideRecent *recent)
{
  GtkWidget *row = adw_action_row_new (), *day = gtk_label_new (NULL);
  GtkWidget *icon = gtk_image_new_from_icon_name ("folder-symbolic"), *next = gtk_image_new_from_icon_name ("go-next-symbolic");
  g_autofree char *path = shorten_home (recent->dir), *text = describe_day (recent->opened);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), recent->name != NULL ? recent->name : path);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), path);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  gtk_label_set_text (GTK_LABEL (day), text);
  gtk_widget_add_css_class (day, "dim-label");
  gtk_widget_add_css_class (day, "caption");
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), day);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), next);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (row), "win.open-recent");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (row), "s", recent->dir);
  return row;
}

static void
clear_list (GtkListBox *list)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (list))) != NULL)
    gtk_list_box_remove (list, child);
}

void
tide_welcome_show_start (TideWelcome *self)
{
  g_autoptr (GPtrArray) recent = tide_workspaces_get_recent ();

  clear_list (self->recent);
  for (guint i = 0; i < recent->len; i++)
    gtk_list_box_append (self->recent, new_recent_row (g_ptr_array_index (recent, i)));
  gtk_widget_set_visible (GTK_WIDGET (self->recent), recent->len > 0);
  gtk_stack_set_visible_child_name (self->pages, "start");
}

/* On the way to an open workspace */

void
tide_welcome_show_consent (TideWelcome *self, const char *name, const char *dir, GPtrArray *reach)
{
  g_autofree char *title = g_strdup_printf (_ ("Open “%s”?"), name), *path = shorten_home (dir);
  g_autofree char *escaped = g_markup_escape_text (path, -1);
  g_autofree char *description
      = g_strdup_printf (_ ("The workspace in %s wants to do this outside its own folder. Nothing of it was done so "
                            "far. If it changes, you are asked again."), escaped);

  clear_list (self->reach);
  for (guint i = 0; i < reach->len; i++)
    {
      GtkWidget *row = adw_action_row_new ();
      const char *line = g_ptr_array_index (reach, i);
      g_autofree char *text = g_strdup (line);

      text[0] = g_ascii_toupper (text[0]);
      adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), text);
      adw_action_row_add_prefix (ADW_ACTION_ROW (row),
                                 gtk_image_new_from_icon_name (g_str_has_prefix (line, "connects")
                                                               ? "network-workgroup-symbolic"
                                                               : "text-x-generic-symbolic"));
      gtk_list_box_append (self->reach, row);
    }
  adw_status_page_set_title (self->consent, title);
  adw_status_page_set_description (self->consent, description);
  gtk_stack_set_visible_child_name (self->pages, "consent");
}

void
tide_welcome_show_opening (TideWelcome *self, const char *dir)
{
  g_autofree char *path = shorten_home (dir), *escaped = g_markup_escape_text (path, -1);

  adw_status_page_set_description (self->opening, escaped);
  gtk_stack_set_visible_child_name (self->pages, "opening");
}

static const char *
title_of (const GError *error)
{
  if (g_error_matches (error, TIDE_ERROR, TIDE_ERROR_LOCKED))
    return _ ("Opened elsewhere");
  if (g_error_matches (error, TIDE_ERROR, TIDE_ERROR_CORRUPT))
    return _ ("The database is damaged");
  if (g_error_matches (error, TIDE_ERROR, TIDE_ERROR_NEWER))
    return _ ("Written by a newer Tidemark");
  if (g_error_matches (error, TIDE_ERROR, TIDE_ERROR_FULL))
    return _ ("The disk is full");
  return _ ("The workspace can’t be opened");
}

void
tide_welcome_show_error (TideWelcome *self, const char *dir, const GError *error)
{
  g_autofree char *text = g_strdup (error->message), *path = shorten_home (dir), *description = NULL;
  gunichar first = g_utf8_get_char_validated (text, -1);

  if (first < 128)
    text[0] = g_ascii_toupper (text[0]);
  description = g_markup_printf_escaped ("%s%s%s%s", text, g_str_has_suffix (text, ".") ? "" : ".",
                                         strstr (text, dir) == NULL ? "\n" : "",
                                         strstr (text, dir) == NULL ? path : "");
  adw_status_page_set_title (self->problem, title_of (error));
  adw_status_page_set_description (self->problem, description);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->retry), "s", dir);
  gtk_stack_set_visible_child_name (self->pages, "problem");
}

static void
tide_welcome_class_init (TideWelcomeClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-welcome.ui");
  gtk_widget_class_bind_template_child (widget_class, TideWelcome, pages);
  gtk_widget_class_bind_template_child (widget_class, TideWelcome, drawing);
  gtk_widget_class_bind_template_child (widget_class, TideWelcome, recent);
  gtk_widget_class_bind_template_child (widget_class, TideWelcome, consent);
  gtk_widget_class_bind_template_child (widget_class, TideWelcome, opening);
  gtk_widget_class_bind_template_child (widget_class, TideWelcome, problem);
  gtk_widget_class_bind_template_child (widget_class, TideWelcome, reach);
  gtk_widget_class_bind_template_child (widget_class, TideWelcome, retry);
}

static void
tide_welcome_init (TideWelcome *self)
{
  AdwStyleManager *style = adw_style_manager_get_default ();

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_drawing_area_set_draw_func (self->drawing, draw_cut, NULL, NULL);
  g_signal_connect_object (style, "notify::dark", G_CALLBACK (gtk_widget_queue_draw), self->drawing, G_CONNECT_SWAPPED);
  tide_welcome_show_start (self);
}
