/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list beside the SQL. The tables come from the same connection that would run the SQL, so what is listed is what
 * can be read; units come from the workspace. While something is searched for, every match is open. */
#include "app-field-tree.h"

#include <glib/gi18n.h>
#include <string.h>

/* Nodes */

#define TIDE_TYPE_FIELD_NODE (tide_field_node_get_type ())
G_DECLARE_FINAL_TYPE (TideFieldNode, tide_field_node, TIDE, FIELD_NODE, GObject)

struct _TideFieldNode
{
  GObject parent_instance;

  char *name, *detail;
  GListStore *children; /* NULL: a field */
};

G_DEFINE_FINAL_TYPE (TideFieldNode, tide_field_node, G_TYPE_OBJECT)

static void
tide_field_node_finalize (GObject *object)
{
  TideFieldNode *self = TIDE_FIELD_NODE (object);

  g_free (self->name);
  g_free (self->detail);
  g_clear_object (&self->children);
  G_OBJECT_CLASS (tide_field_node_parent_class)->finalize (object);
}

static void
tide_field_node_class_init (TideFieldNodeClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tide_field_node_finalize;
}

static void
tide_field_node_init (TideFieldNode *self)
{
}

static TideFieldNode *
tide_field_node_new (const char *name, const char *detail, bool is_table)
{
  TideFieldNode *self = g_object_new (TIDE_TYPE_FIELD_NODE, NULL);

  self->name = g_strdup (name);
  self->detail = g_strdup (detail);
  self->children = is_table ? g_list_store_new (TIDE_TYPE_FIELD_NODE) : NULL;
  return self;
}

/* The widget */

struct _TideFieldTree
{
  AdwBin parent_instance;

  GtkEditable *search;
  GtkListView *list;
  GtkTreeListModel *tree;
  GPtrArray *tables;     /* TideSqlTable* */
  char **streams;        /* in the order of the workspace */
  GHashTable *units;     /* "stream.field" → its unit, else its type */
  GHashTable *open;      /* names of tables */
  GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE (TideFieldTree, tide_field_tree, ADW_TYPE_BIN)

enum
{
  INSERT,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

char *
tide_field_tree_quote (const char *name)
{
  g_auto (GStrv) parts = NULL;
  g_autofree char *doubled = NULL;

  if (!g_ascii_isdigit (*name) && *name != '\0'
      && strspn (name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_") == strlen (name))
    return g_strdup (name);
  parts = g_strsplit (name, "\"", -1);
  doubled = g_strjoinv ("\"\"", parts);
  return g_strdup_printf ("\"%s\"", doubled);
}

static bool
holds (const char *text, const char *folded)
{
  g_autofree char *other = g_utf8_casefold (text, -1);

  return strstr (other, folded) != NULL;
}

/* SQLite's word as the workspace has it. */
static const char *
short_type (const char *type)
{
  return strcmp (type, "integer") == 0 ? "int" : type;
}

static void
add_fields (TideFieldTree *self, TideFieldNode *node, const TideSqlTable *table, const char *wanted)
{
  for (guint i = 0; i < table->columns->len; i++)
    {
      const char *column = g_ptr_array_index (table->columns, i), *space = strrchr (column, ' ');
      g_autofree char *name = space != NULL ? g_strndup (column, (gsize) (space - column)) : g_strdup (column);
      g_autofree char *path = g_strdup_printf ("%s.%s", table->name, name);
      const char *unit = g_hash_table_lookup (self->units, path);
      g_autoptr (TideFieldNode) field = tide_field_node_new (name, unit != NULL    ? unit
                                                                   : space != NULL ? short_type (space + 1)
                                                                                   : "", false);

      if (*wanted == '\0' || holds (name, wanted))
        g_list_store_append (node->children, field);
    }
}

static void
add_table (TideFieldTree *self, GListStore *root, const TideSqlTable *table, const char *wanted)
{
  g_autofree char *count = g_strdup_printf ("%u", table->columns->len);
  g_autoptr (TideFieldNode) node = tide_field_node_new (table->name, count, true);
  bool named = *wanted != '\0' && holds (table->name, wanted);

  add_fields (self, node, table, named ? "" : wanted);
  if (*wanted == '\0' || g_list_model_get_n_items (G_LIST_MODEL (node->children)) > 0)
    g_list_store_append (root, node);
}

/* Streams in the order of the workspace, then the rest. */
static GListModel *
make_root (TideFieldTree *self, const char *wanted)
{
  GListStore *root = g_list_store_new (TIDE_TYPE_FIELD_NODE);
  guint n = self->tables != NULL ? self->tables->len : 0;

  for (guint s = 0; self->streams != NULL && self->streams[s] != NULL; s++)
    for (guint i = 0; i < n; i++)
      if (strcmp (((TideSqlTable *) g_ptr_array_index (self->tables, i))->name, self->streams[s]) == 0)
        add_table (self, root, g_ptr_array_index (self->tables, i), wanted);
  for (guint i = 0; i < n; i++)
    {
      const TideSqlTable *table = g_ptr_array_index (self->tables, i);

      /* Versions have an @: the card beside it shows them. */
      if (strchr (table->name, '@') == NULL && !g_strv_contains ((const char *const *) self->streams, table->name))
        add_table (self, root, table, wanted);
    }
  return G_LIST_MODEL (root);
}

static GListModel *
get_children (void *item, void *data)
{
  TideFieldNode *node = item;

  return node->children != NULL ? g_object_ref (G_LIST_MODEL (node->children)) : NULL;
}

static void
on_expanded (GtkTreeListRow *row, GParamSpec *spec, TideFieldTree *self)
{
  g_autoptr (TideFieldNode) node = gtk_tree_list_row_get_item (row);

  if (node == NULL || *gtk_editable_get_text (self->search) != '\0')
    return;
  if (gtk_tree_list_row_get_expanded (row))
    g_hash_table_add (self->open, g_strdup (node->name));
  else
    g_hash_table_remove (self->open, node->name);
}

static void
fill (TideFieldTree *self)
{
  g_autofree char *wanted = g_utf8_casefold (gtk_editable_get_text (self->search), -1);
  g_autoptr (GtkSelectionModel) selection = NULL;
  bool searches = *g_strstrip (wanted) != '\0';

  self->tree = gtk_tree_list_model_new (make_root (self, wanted), FALSE, searches, get_children, NULL, NULL);
  selection = GTK_SELECTION_MODEL (gtk_single_selection_new (G_LIST_MODEL (self->tree)));
  gtk_single_selection_set_autoselect (GTK_SINGLE_SELECTION (selection), FALSE);
  gtk_single_selection_set_can_unselect (GTK_SINGLE_SELECTION (selection), TRUE);
  gtk_single_selection_set_selected (GTK_SINGLE_SELECTION (selection), GTK_INVALID_LIST_POSITION);
  for (guint i = 0; !searches && i < g_list_model_get_n_items (G_LIST_MODEL (self->tree)); i++)
    {
      g_autoptr (GtkTreeListRow) row = gtk_tree_list_model_get_row (self->tree, i);
      g_autoptr (TideFieldNode) node = gtk_tree_list_row_get_item (row);

      if (node->children != NULL && g_hash_table_contains (self->open, node->name))
        gtk_tree_list_row_set_expanded (row, TRUE);
    }
  gtk_list_view_set_model (self->list, selection);
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *expander = gtk_tree_expander_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *name = gtk_label_new (NULL), *detail = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (name, TRUE);
  gtk_widget_add_css_class (detail, "tide-dim");
  gtk_box_append (GTK_BOX (box), name);
  gtk_box_append (GTK_BOX (box), detail);
  gtk_tree_expander_set_child (GTK_TREE_EXPANDER (expander), box);
  gtk_list_item_set_child (item, expander);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item, TideFieldTree *self)
{
  GtkTreeExpander *expander = GTK_TREE_EXPANDER (gtk_list_item_get_child (item));
  GtkTreeListRow *row = gtk_list_item_get_item (item);
  g_autoptr (TideFieldNode) node = gtk_tree_list_row_get_item (row);
  GtkWidget *box = gtk_tree_expander_get_child (expander), *name = gtk_widget_get_first_child (box);
  g_autofree char *tooltip = g_strdup_printf (_ ("Inserts %s (Enter)"), node->name);

  gtk_tree_expander_set_list_row (expander, row);
  gtk_label_set_text (GTK_LABEL (name), node->name);
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_last_child (box)), node->detail);
  gtk_widget_set_tooltip_text (box, tooltip);
  if (node->children != NULL)
    gtk_widget_add_css_class (name, "tide-strong");
  else
    gtk_widget_remove_css_class (name, "tide-strong");
  g_signal_connect_object (row, "notify::expanded", G_CALLBACK (on_expanded), self, 0);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item, TideFieldTree *self)
{
  g_signal_handlers_disconnect_by_func (gtk_list_item_get_item (item), on_expanded, self);
}

static void
on_activate (TideFieldTree *self, guint position)
{
  g_autoptr (GtkTreeListRow) row = gtk_tree_list_model_get_row (self->tree, position);
  g_autoptr (TideFieldNode) node = row != NULL ? gtk_tree_list_row_get_item (row) : NULL;
  g_autofree char *quoted = node != NULL ? tide_field_tree_quote (node->name) : NULL;

  if (quoted != NULL)
    g_signal_emit (self, signals[INSERT], 0, quoted);
}

/* Reading */

static void *
read_tables (TidePipeline *pipeline, void *data, GCancellable *cancellable, GError **error)
{
  g_autoptr (TideSql) sql = tide_sql_open (tide_pipeline_get_store (pipeline), error);

  return sql != NULL ? tide_sql_get_tables (sql, error) : NULL;
}

static void
on_tables (GObject *object, GAsyncResult *result, void *data)
{
  g_autoptr (TideFieldTree) self = data;
  bool is_asked = g_task_get_cancellable (G_TASK (result)) == self->cancellable;
  GPtrArray *tables = tide_pipeline_run_finish (TIDE_PIPELINE (object), result, NULL);

  if (tables == NULL || !is_asked)
    {
      g_clear_pointer (&tables, g_ptr_array_unref);
      return; /* the status line of the SQL says what is wrong with the database */
    }
  if (self->tables == NULL && self->streams[0] != NULL)
    g_hash_table_add (self->open, g_strdup (self->streams[0]));
  g_clear_pointer (&self->tables, g_ptr_array_unref);
  self->tables = tables;
  fill (self);
}

static void
take_streams (TideFieldTree *self, const TideWorkspace *workspace)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  g_hash_table_remove_all (self->units);
  for (guint i = 0; i < workspace->streams->len; i++)
    {
      const TideStream *stream = g_ptr_array_index (workspace->streams, i);

      g_ptr_array_add (names, g_strdup (stream->name));
      for (guint f = 0; f < stream->n_fields; f++)
        g_hash_table_insert (self->units, g_strdup_printf ("%s.%s", stream->name, stream->fields[f]->name),
                             stream->fields[f]->unit != NULL
                                 ? g_strdup (stream->fields[f]->unit)
                                 : tide_type_to_string (stream->fields[f]->type, stream->fields[f]->scale));
    }
  g_ptr_array_add (names, NULL);
  g_strfreev (self->streams);
  self->streams = (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

void
tide_field_tree_refresh (TideFieldTree *self, TidePipeline *pipeline)
{
  g_autoptr (TideWorkspace) workspace = NULL;

  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
  if (pipeline == NULL)
    {
      g_clear_pointer (&self->tables, g_ptr_array_unref);
      g_hash_table_remove_all (self->open);
      fill (self);
      return;
    }
  workspace = tide_pipeline_get_workspace (pipeline);
  take_streams (self, workspace);
  tide_pipeline_run_async (pipeline, read_tables, NULL, NULL, (GDestroyNotify) g_ptr_array_unref, self->cancellable,
                           on_tables, g_object_ref (self));
}

void
tide_field_tree_search (TideFieldTree *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->search));
}

/* The object */

static void
tide_field_tree_dispose (GObject *object)
{
  TideFieldTree *self = TIDE_FIELD_TREE (object);

  g_cancellable_cancel (self->cancellable);
  G_OBJECT_CLASS (tide_field_tree_parent_class)->dispose (object);
}

static void
tide_field_tree_finalize (GObject *object)
{
  TideFieldTree *self = TIDE_FIELD_TREE (object);

  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->tables, g_ptr_array_unref);
  g_strfreev (self->streams);
  g_hash_table_unref (self->units);
  g_hash_table_unref (self->open);
  G_OBJECT_CLASS (tide_field_tree_parent_class)->finalize (object);
}

static void
tide_field_tree_class_init (TideFieldTreeClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = tide_field_tree_dispose;
  G_OBJECT_CLASS (class)->finalize = tide_field_tree_finalize;
  signals[INSERT] = g_signal_new ("insert", TIDE_TYPE_FIELD_TREE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                  G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/tidemark/Tidemark/app-field-tree.ui");
  gtk_widget_class_bind_template_child (widget_class, TideFieldTree, search);
  gtk_widget_class_bind_template_child (widget_class, TideFieldTree, list);
  gtk_widget_class_bind_template_callback (widget_class, fill);
  gtk_widget_class_bind_template_callback (widget_class, on_activate);
}

static void
tide_field_tree_init (TideFieldTree *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  self->units = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->open = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->cancellable = g_cancellable_new ();
  self->streams = g_new0 (char *, 1);
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), self);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), self);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), self);
  gtk_list_view_set_factory (self->list, factory);
}
