/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A row is a rule, or one group of it that is not normal. Rows are kept while the same rules and groups are shown, and
 * only their cells are set anew, so that selection and focus stay where they are while time goes on. */
#include "app-alerts-table.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app-column-header.h"
#include "app-alert-strip.h"
#include "app-format.h"
#include "app-mark.h"
#include "app-time-axis.h"

/* About what eight rules take; more scroll. */
#define ROW_HEIGHT 36
#define HEADER_HEIGHT 30
#define HEIGHT_MAX 342

enum
{
  COLUMN_STATE,
  COLUMN_RULE,
  COLUMN_STRIP,
  COLUMN_VALUE,
  COLUMN_FOR,
  COLUMN_ACTS,
  N_COLUMNS,
};

enum
{
  RULE_SELECTED,
  ACKNOWLEDGE,
  SILENCE,
  END_SILENCE,
  ITEM_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

#define TIDE_TYPE_ALERT_ITEM (tide_alert_item_get_type ())
G_DECLARE_FINAL_TYPE (TideAlertItem, tide_alert_item, TIDE, ALERT_ITEM, GObject)

struct _TideAlertItem
{
  GObject parent_instance;

  char *rule, *group;
  char *title, *detail, *value, *since;
  TideAlertState state;
  bool silenced, acknowledged, has_group;
  GArray *spans;
  double from, to, silenced_from;
};

G_DEFINE_FINAL_TYPE (TideAlertItem, tide_alert_item, G_TYPE_OBJECT)

static void
clear_texts (TideAlertItem *self)
{
  g_clear_pointer (&self->title, g_free);
  g_clear_pointer (&self->detail, g_free);
  g_clear_pointer (&self->value, g_free);
  g_clear_pointer (&self->since, g_free);
  g_clear_pointer (&self->spans, g_array_unref);
}

static void
tide_alert_item_finalize (GObject *object)
{
  TideAlertItem *self = TIDE_ALERT_ITEM (object);

  clear_texts (self);
  g_free (self->rule);
  g_free (self->group);
  G_OBJECT_CLASS (tide_alert_item_parent_class)->finalize (object);
}

static void
tide_alert_item_class_init (TideAlertItemClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tide_alert_item_finalize;
  signals[ITEM_CHANGED] = g_signal_new ("changed", TIDE_TYPE_ALERT_ITEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tide_alert_item_init (TideAlertItem *self)
{
}

struct _TideAlertsTable
{
  AdwBin parent_instance;

  GtkColumnView *view;
  GtkColumnViewColumn *columns[N_COLUMNS];
  TideTimeAxis *times;
  GtkScrolledWindow *scrolled;
  GtkWidget *strip; /* one that is shown, for the place of the axis */
  GListStore *items;
  GtkSingleSelection *selection;
  TideAlertsFilter filter;
  bool is_filling;
  char *wanted_rule, *wanted_group; /* to be selected once there is a row of it; NULL: none */
};

G_DEFINE_FINAL_TYPE (TideAlertsTable, tide_alerts_table, ADW_TYPE_BIN)

/* --- cells --- */

static TideState
mark_of (const TideAlertItem *item)
{
  if (item->silenced)
    return TIDE_STATE_DONE;
  switch (item->state)
    {
    case TIDE_ALERT_FIRING:
    case TIDE_ALERT_ERROR:
      return TIDE_STATE_TROUBLE;
    case TIDE_ALERT_PENDING:
      return TIDE_STATE_PENDING;
    case TIDE_ALERT_NO_DATA:
      return TIDE_STATE_OFF;
    case TIDE_ALERT_NORMAL:
      break;
    }
  return TIDE_STATE_NORMAL;
}

static const char *
word_of (const TideAlertItem *item)
{
  return item->silenced       ? _ ("Silenced")
         : item->acknowledged ? _ ("Acknowledged")
                              : tide_alert_state_word (item->state);
}

static GtkWidget *
label_new (const char *class, double xalign)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), (float) xalign);
  if (class != NULL)
    gtk_widget_add_css_class (label, class);
  return label;
}

static GtkWidget *
button_new (const char *text, const char *signal)
{
  GtkWidget *button = gtk_button_new_with_label (text);

  gtk_widget_add_css_class (button, "tide-row-button");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_object_set_data (G_OBJECT (button), "signal", (void *) signal);
  return button;
}

static void
on_act (GtkWidget *button, TideAlertsTable *self)
{
  TideAlertItem *item = g_object_get_data (G_OBJECT (button), "item");

  if (item != NULL)
    g_signal_emit_by_name (self, g_object_get_data (G_OBJECT (button), "signal"), item->rule, item->group);
}

static GtkWidget *
make_cell (TideAlertsTable *self, int column)
{
  GtkWidget *box;

  switch (column)
    {
    case COLUMN_STATE:
      box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
      gtk_box_append (GTK_BOX (box), tide_state_mark_new ());
      gtk_box_append (GTK_BOX (box), label_new (NULL, 0));
      return box;
    case COLUMN_RULE:
      box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
      gtk_box_append (GTK_BOX (box), label_new ("tide-strong", 0));
      gtk_box_append (GTK_BOX (box), label_new ("tide-sub", 0));
      gtk_label_set_ellipsize (GTK_LABEL (gtk_widget_get_first_child (box)), PANGO_ELLIPSIZE_END);
      gtk_label_set_ellipsize (GTK_LABEL (gtk_widget_get_last_child (box)), PANGO_ELLIPSIZE_END);
      return box;
    case COLUMN_STRIP:
      return tide_alert_strip_new ();
    case COLUMN_ACTS:
      {
        static const char *const texts[] = { N_ ("Acknowledge"), N_ ("Silence"), N_ ("End silence") };
        static const char *const names[] = { "acknowledge", "silence", "end-silence" };

        box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
        gtk_widget_set_halign (box, GTK_ALIGN_END);
        for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
          {
            GtkWidget *button = button_new (_ (texts[i]), names[i]);

            g_signal_connect (button, "clicked", G_CALLBACK (on_act), self);
            gtk_box_append (GTK_BOX (box), button);
          }
        return box;
      }
    default:
      box = label_new ("numeric", 1);
      if (column == COLUMN_FOR)
        gtk_widget_add_css_class (box, "tide-dim");
      return box;
    }
}

static void
set_class (GtkWidget *widget, const char *class, bool on)
{
  if (on)
    gtk_widget_add_css_class (widget, class);
  else
    gtk_widget_remove_css_class (widget, class);
}

static void
show_state (GtkWidget *cell, const TideAlertItem *item)
{
  GtkWidget *mark = gtk_widget_get_first_child (cell), *label = gtk_widget_get_last_child (cell);
  bool fires = !item->silenced && (item->state == TIDE_ALERT_FIRING || item->state == TIDE_ALERT_ERROR);

  tide_state_mark_set_state (TIDE_STATE_MARK (mark), mark_of (item));
  gtk_label_set_text (GTK_LABEL (label), word_of (item));
  set_class (cell, "tide-critical", fires);
  set_class (cell, "tide-warning", !item->silenced && item->state == TIDE_ALERT_PENDING);
  set_class (label, "tide-strong", fires);
}

static void
show_acts (GtkWidget *cell, TideAlertItem *item)
{
  bool acts[3];
  guint i = 0;

  acts[0] = !item->silenced && !item->acknowledged && (item->state == TIDE_ALERT_FIRING || item->state == TIDE_ALERT_NO_DATA);
  acts[1] = !item->silenced && item->state != TIDE_ALERT_NORMAL && item->state != TIDE_ALERT_ERROR;
  acts[2] = item->silenced;
  for (GtkWidget *button = gtk_widget_get_first_child (cell); button != NULL; button = gtk_widget_get_next_sibling (button), i++)
    {
      g_autofree char *spoken = g_strdup_printf ("%s: %s", gtk_button_get_label (GTK_BUTTON (button)), item->title);

      gtk_widget_set_visible (button, acts[i]);
      g_object_set_data_full (G_OBJECT (button), "item", g_object_ref (item), g_object_unref);
      gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
    }
}

static void
show_cell (GtkListItem *cell)
{
  TideAlertItem *item = gtk_list_item_get_item (cell);
  GtkWidget *child = gtk_list_item_get_child (cell);

  if (item == NULL)
    return;
  switch (GPOINTER_TO_INT (g_object_get_data (G_OBJECT (child), "column")))
    {
    case COLUMN_STATE:
      show_state (child, item);
      break;
    case COLUMN_RULE:
      gtk_label_set_text (GTK_LABEL (gtk_widget_get_first_child (child)), item->title);
      gtk_label_set_text (GTK_LABEL (gtk_widget_get_last_child (child)), item->detail);
      gtk_widget_set_tooltip_text (child, item->detail);
      break;
    case COLUMN_STRIP:
      tide_alert_strip_set (TIDE_ALERT_STRIP (child), item->spans, item->from, item->to, item->silenced_from);
      break;
    case COLUMN_VALUE:
      {
        g_autofree char *markup = g_markup_printf_escaped ("<b>%s</b>", item->value);

        gtk_label_set_markup (GTK_LABEL (child), markup);
        break;
      }
    case COLUMN_FOR:
      gtk_label_set_text (GTK_LABEL (child), item->since);
      break;
    default:
      show_acts (child, item);
    }
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *cell, gpointer data)
{
  int column = GPOINTER_TO_INT (data);
  TideAlertsTable *self = g_object_get_data (G_OBJECT (factory), "table");
  GtkWidget *child = make_cell (self, column);

  g_object_set_data (G_OBJECT (child), "column", GINT_TO_POINTER (column));
  gtk_list_item_set_child (cell, child);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *cell, gpointer data)
{
  TideAlertsTable *self = g_object_get_data (G_OBJECT (factory), "table");
  gulong id = g_signal_connect_swapped (gtk_list_item_get_item (cell), "changed", G_CALLBACK (show_cell), cell);

  g_object_set_data (G_OBJECT (cell), "handler", GSIZE_TO_POINTER (id));
  show_cell (cell);
  if (GPOINTER_TO_INT (data) == COLUMN_STRIP)
    g_set_weak_pointer (&self->strip, gtk_list_item_get_child (cell));
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *cell, gpointer data)
{
  g_signal_handler_disconnect (gtk_list_item_get_item (cell), GPOINTER_TO_SIZE (g_object_get_data (G_OBJECT (cell), "handler")));
}

static void
add_column (TideAlertsTable *self, int column, const char *title)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_object_set_data (G_OBJECT (factory), "table", self);
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), GINT_TO_POINTER (column));
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), GINT_TO_POINTER (column));
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), GINT_TO_POINTER (column));
  self->columns[column] = gtk_column_view_column_new (title, factory);
  gtk_column_view_column_set_expand (self->columns[column], column == COLUMN_RULE || column == COLUMN_STRIP);
  gtk_column_view_append_column (self->view, self->columns[column]);
  g_object_unref (self->columns[column]);
}

/* --- rows --- */

typedef struct
{
  TideWorkspace *workspace;
  const TideAlertHistory *history; /* NULL: not known yet */
  TideTime from, to;
  GPtrArray *items;
} Fill;

static void
add_item (Fill *fill, const TideAlert *alert, const TideWatchRuleInfo *rule, const TideWatchGroupInfo *group)
{
  TideAlertItem *item = g_object_new (TIDE_TYPE_ALERT_ITEM, NULL);
  bool calm = group == NULL || group->state == TIDE_ALERT_NORMAL;
  const char *label = calm ? NULL : group->group;
  /* One that is normal is shown by the group that was not, last. */
  const char *last = calm && fill->history != NULL ? tide_alert_history_get_last_group (fill->history, alert->name) : NULL;
  GArray *spans = fill->history != NULL ? tide_alert_history_get_spans (fill->history, alert->name, label) : NULL;

  item->rule = g_strdup (alert->name);
  item->group = g_strdup (last != NULL ? last : group != NULL ? group->group : "");
  item->has_group = label != NULL && *label != '\0';
  item->title = item->has_group ? g_strdup_printf ("%s · %s", alert->title, label) : g_strdup (alert->title);
  item->detail = rule->error != NULL      ? g_strdup (rule->error)
                 : rule->learning != NULL ? g_strdup (rule->learning)
                                          : tide_alert_describe (alert);
  item->state = rule->error != NULL ? TIDE_ALERT_ERROR : calm ? TIDE_ALERT_NORMAL : group->state;
  item->silenced = group != NULL && group->silenced;
  item->acknowledged = group != NULL && group->acknowledged != TIDE_TIME_NONE;
  item->value = group != NULL ? tide_alert_format_value (alert, group->value) : g_strdup (TIDE_NO_VALUE);
  if (item->silenced)
    {
      g_autofree char *until = tide_format_date_time (group->silenced_until, NULL);

      item->since = g_strdup_printf (_ ("until %s"), until);
    }
  else
    item->since = group != NULL && group->since != TIDE_TIME_NONE ? tide_format_duration (MAX (fill->to - group->since, 0)) : g_strdup ("");
  item->spans = spans != NULL ? g_array_ref (spans) : NULL;
  item->from = (double) fill->from;
  item->to = (double) fill->to;
  item->silenced_from = item->silenced ? (double) fill->to - (double) (fill->to - fill->from) / 50 : NAN;
  g_ptr_array_add (fill->items, item);
}

static void
add_rule (Fill *fill, const TideWatchRuleInfo *rule, guint place)
{
  const TideAlert *alert = tide_alerts_find (fill->workspace, rule->name, place);
  guint n = fill->items->len;

  if (alert == NULL)
    return;
  for (guint i = 0; i < rule->n_shown; i++)
    if (rule->groups[i].state != TIDE_ALERT_NORMAL)
      add_item (fill, alert, rule, &rule->groups[i]);
  if (fill->items->len == n)
    add_item (fill, alert, rule, rule->n_shown > 0 ? &rule->groups[rule->n_shown - 1] : NULL);
}

static int
rank (const TideAlertItem *item)
{
  static const int ranks[] = { [TIDE_ALERT_ERROR] = 0, [TIDE_ALERT_FIRING] = 1, [TIDE_ALERT_NO_DATA] = 2, [TIDE_ALERT_PENDING] = 3,
                               [TIDE_ALERT_NORMAL] = 6 };

  return item->silenced ? 5 : item->acknowledged ? 4 : ranks[item->state];
}

static int
compare_items (gconstpointer a, gconstpointer b)
{
  return rank (*(TideAlertItem *const *) a) - rank (*(TideAlertItem *const *) b);
}

static bool
is_in (const TideAlertItem *item, TideAlertsFilter filter)
{
  switch (filter)
    {
    case TIDE_ALERTS_FIRING:
      return !item->silenced && (item->state == TIDE_ALERT_FIRING || item->state == TIDE_ALERT_NO_DATA || item->state == TIDE_ALERT_ERROR);
    case TIDE_ALERTS_PENDING:
      return !item->silenced && item->state == TIDE_ALERT_PENDING;
    case TIDE_ALERTS_SILENCED:
      return item->silenced;
    default:
      return true;
    }
}

static bool
same_rows (TideAlertsTable *self, const GPtrArray *items)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->items));
  bool same = n == items->len;

  for (guint i = 0; same && i < n; i++)
    {
      g_autoptr (TideAlertItem) old = g_list_model_get_item (G_LIST_MODEL (self->items), i);
      const TideAlertItem *new = g_ptr_array_index (items, i);

      same = strcmp (old->rule, new->rule) == 0 && old->has_group == new->has_group
             && (!old->has_group || strcmp (old->group, new->group) == 0);
    }
  return same;
}

static void
take_over (TideAlertItem *old, TideAlertItem *new)
{
  clear_texts (old);
  g_free (old->group);
  old->group = g_steal_pointer (&new->group);
  old->title = g_steal_pointer (&new->title);
  old->detail = g_steal_pointer (&new->detail);
  old->value = g_steal_pointer (&new->value);
  old->since = g_steal_pointer (&new->since);
  old->spans = g_steal_pointer (&new->spans);
  old->state = new->state;
  old->silenced = new->silenced;
  old->acknowledged = new->acknowledged;
  old->from = new->from;
  old->to = new->to;
  old->silenced_from = new->silenced_from;
  g_signal_emit (old, signals[ITEM_CHANGED], 0);
}

static void on_selected (TideAlertsTable *self);

static void
clear_wanted (TideAlertsTable *self)
{
  g_clear_pointer (&self->wanted_rule, g_free);
  g_clear_pointer (&self->wanted_group, g_free);
}

/* Of a rule and group, else of the rule. */
static guint
find_row (TideAlertsTable *self, const char *rule, const char *group)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->items)), found = GTK_INVALID_LIST_POSITION;

  for (guint i = 0; i < n && rule != NULL; i++)
    {
      g_autoptr (TideAlertItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i);

      if (strcmp (item->rule, rule) != 0)
        continue;
      if (found == GTK_INVALID_LIST_POSITION)
        found = i;
      if (group != NULL && strcmp (item->group, group) == 0)
        return i;
    }
  return found;
}

/* What is wanted, else what was selected, else the first. What all rules lack is wanted no longer. */
static void
reselect (TideAlertsTable *self, const char *rule, const char *group)
{
  bool is_wanted = self->wanted_rule != NULL;
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->items));
  guint at = is_wanted ? find_row (self, self->wanted_rule, self->wanted_group) : GTK_INVALID_LIST_POSITION;

  if (at != GTK_INVALID_LIST_POSITION || (n > 0 && self->filter == TIDE_ALERTS_ALL))
    clear_wanted (self);
  if (at == GTK_INVALID_LIST_POSITION)
    at = find_row (self, rule, group);
  gtk_single_selection_set_selected (self->selection, at != GTK_INVALID_LIST_POSITION ? at : n > 0 ? 0 : GTK_INVALID_LIST_POSITION);
}

static void
show_rows (TideAlertsTable *self, GPtrArray *items)
{
  TideAlertItem *chosen = gtk_single_selection_get_selected_item (self->selection);
  g_autofree char *rule = chosen != NULL ? g_strdup (chosen->rule) : NULL, *group = chosen != NULL ? g_strdup (chosen->group) : NULL;

  if (same_rows (self, items))
    {
      for (guint i = 0; i < items->len; i++)
        {
          g_autoptr (TideAlertItem) old = g_list_model_get_item (G_LIST_MODEL (self->items), i);

          take_over (old, g_ptr_array_index (items, i));
        }
      return;
    }
  self->is_filling = true;
  g_list_store_splice (self->items, 0, g_list_model_get_n_items (G_LIST_MODEL (self->items)), items->pdata, items->len);
  reselect (self, rule, group);
  self->is_filling = false;
  if (self->wanted_rule == NULL)
    on_selected (self); /* once, and also when the row is the one that was selected while the list was filled */
}

void
tide_alerts_table_update (TideAlertsTable *self, TideWorkspace *workspace, const TideWatchSnapshot *snapshot,
                          const TideAlertHistory *history, TideTime from, TideTime to, guint ret_counts[TIDE_N_ALERTS_FILTERS])
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_object_unref), shown = g_ptr_array_new ();
  Fill fill = { workspace, history, from, to, all };

  for (guint i = 0; snapshot != NULL && i < snapshot->n_rules; i++)
    add_rule (&fill, &snapshot->rules[i], i);
  g_ptr_array_sort (all, compare_items);
  for (guint k = 0; k < TIDE_N_ALERTS_FILTERS; k++)
    ret_counts[k] = 0;
  for (guint i = 0; i < all->len; i++)
    {
      for (TideAlertsFilter k = 0; k < TIDE_N_ALERTS_FILTERS; k++)
        ret_counts[k] += is_in (g_ptr_array_index (all, i), k);
      if (is_in (g_ptr_array_index (all, i), self->filter))
        g_ptr_array_add (shown, g_ptr_array_index (all, i));
    }
  show_rows (self, shown);
  gtk_scrolled_window_set_min_content_height (self->scrolled, CLAMP (HEADER_HEIGHT + (int) shown->len * ROW_HEIGHT, 150, HEIGHT_MAX));
  tide_time_axis_set (self->times, self->strip, (double) from, (double) to);
}

void
tide_alerts_table_set_filter (TideAlertsTable *self, TideAlertsFilter filter)
{
  self->filter = filter;
}

bool
tide_alerts_table_select (TideAlertsTable *self, const char *rule, const char *group)
{
  guint found = find_row (self, rule, group);

  clear_wanted (self);
  if (found != GTK_INVALID_LIST_POSITION)
    gtk_single_selection_set_selected (self->selection, found);
  else
    {
      self->wanted_rule = g_strdup (rule);
      self->wanted_group = g_strdup (group);
    }
  return found != GTK_INVALID_LIST_POSITION;
}

void
tide_alerts_table_clear (TideAlertsTable *self)
{
  clear_wanted (self);
  self->is_filling = true;
  g_list_store_remove_all (self->items);
  self->is_filling = false;
}

void
tide_alerts_table_set_narrow (TideAlertsTable *self, bool narrow)
{
  gtk_column_view_column_set_visible (self->columns[COLUMN_STRIP], !narrow);
  gtk_column_view_column_set_visible (self->columns[COLUMN_FOR], !narrow);
  gtk_widget_set_visible (GTK_WIDGET (self->times), !narrow);
}

static void
on_selected (TideAlertsTable *self)
{
  TideAlertItem *item = gtk_single_selection_get_selected_item (self->selection);

  if (self->is_filling || item == NULL)
    return;
  clear_wanted (self);
  g_signal_emit (self, signals[RULE_SELECTED], 0, item->rule, item->group);
}

static void
tide_alerts_table_dispose (GObject *object)
{
  TideAlertsTable *self = TIDE_ALERTS_TABLE (object);

  clear_wanted (self);
  g_clear_weak_pointer (&self->strip);
  g_clear_object (&self->items);
  g_clear_object (&self->selection);
  G_OBJECT_CLASS (tide_alerts_table_parent_class)->dispose (object);
}

static void
tide_alerts_table_class_init (TideAlertsTableClass *class)
{
  static const char *const names[] = { "rule-selected", "acknowledge", "silence", "end-silence" };

  G_OBJECT_CLASS (class)->dispose = tide_alerts_table_dispose;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    signals[i] = g_signal_new (names[i], TIDE_TYPE_ALERTS_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                               G_TYPE_STRING, G_TYPE_STRING);
}

static void
tide_alerts_table_init (TideAlertsTable *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *scrolled = gtk_scrolled_window_new ();

  self->view = GTK_COLUMN_VIEW (gtk_column_view_new (NULL));
  gtk_widget_add_css_class (GTK_WIDGET (self->view), "tide-table");
  gtk_column_view_set_show_row_separators (self->view, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Alert rules"), -1);
  self->items = g_list_store_new (TIDE_TYPE_ALERT_ITEM);
  self->selection = gtk_single_selection_new (g_object_ref (G_LIST_MODEL (self->items)));
  add_column (self, COLUMN_STATE, _ ("state"));
  add_column (self, COLUMN_RULE, _ ("rule"));
  add_column (self, COLUMN_STRIP, _ ("states over time"));
  add_column (self, COLUMN_VALUE, _ ("value"));
  add_column (self, COLUMN_FOR, _ ("for"));
  add_column (self, COLUMN_ACTS, "");
  gtk_column_view_set_model (self->view, GTK_SELECTION_MODEL (self->selection));
  tide_column_headers_align_end (self->view, COLUMN_VALUE, COLUMN_FOR);
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (on_selected), self, G_CONNECT_SWAPPED);
  self->scrolled = GTK_SCROLLED_WINDOW (scrolled);
  gtk_scrolled_window_set_child (self->scrolled, GTK_WIDGET (self->view));
  gtk_scrolled_window_set_propagate_natural_height (self->scrolled, TRUE);
  gtk_scrolled_window_set_max_content_height (self->scrolled, HEIGHT_MAX);
  self->times = TIDE_TIME_AXIS (tide_time_axis_new ());
  gtk_box_append (GTK_BOX (box), scrolled);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->times));
  adw_bin_set_child (ADW_BIN (self), box);
}
