/* SPDX-License-Identifier: GPL-3.0-or-later */
/* simdjson's DOM behind a C face. It validates the whole document and keeps it on one tape, so that a file of many
 * megabytes costs a few allocations; a node is a place on that tape. Limit: what the DOM refuses is refused, also an
 * integer beyond 64 bits in a member that nobody reads. */
#include "ingest-tree.h"

#include <simdjson.h>

#include <cstring>
#include <new>
#include <type_traits>

namespace
{

namespace dom = simdjson::dom;

constexpr size_t depth_max = 1000;

static_assert (sizeof (dom::element) == sizeof (TideJsonNode) && std::is_trivially_copyable<dom::element>::value,
               "a node is an element of simdjson's");

TideJsonNode
node_of (const dom::element &element)
{
  TideJsonNode node;
  memcpy (&node, &element, sizeof node);
  return node;
}

dom::element
element_of (TideJsonNode node)
{
  dom::element element;
  memcpy (static_cast<void *> (&element), &node, sizeof node);
  return element;
}

} // namespace

struct _TideJsonTree
{
  dom::parser parser;
  dom::element root;
};

TideJsonTree *
tide_json_tree_new (const char *data, gsize len, const char **ret_reason)
{
  TideJsonTree *tree = new (std::nothrow) TideJsonTree;
  simdjson::error_code code = tree != nullptr ? simdjson::SUCCESS : simdjson::MEMALLOC;
  if (code == simdjson::SUCCESS)
    code = tree->parser.allocate (len, depth_max);
  if (code == simdjson::SUCCESS)
    code = tree->parser.parse (data, len).get (tree->root);
  if (code == simdjson::SUCCESS)
    return tree;
  *ret_reason = simdjson::error_message (code);
  delete tree;
  return nullptr;
}

void
tide_json_tree_free (TideJsonTree *tree)
{
  delete tree;
}

TideJsonNode
tide_json_tree_get_root (const TideJsonTree *tree)
{
  return node_of (tree->root);
}

TideJsonKind
tide_json_node_get_kind (TideJsonNode node)
{
  switch (element_of (node).type ())
    {
    case dom::element_type::ARRAY:
      return TIDE_JSON_ARRAY;
    case dom::element_type::OBJECT:
      return TIDE_JSON_OBJECT;
    case dom::element_type::INT64:
      return TIDE_JSON_INT;
    case dom::element_type::UINT64: /* only what is beyond an int64 */
    case dom::element_type::DOUBLE:
      return TIDE_JSON_REAL;
    case dom::element_type::STRING:
      return TIDE_JSON_TEXT;
    case dom::element_type::BOOL:
      return TIDE_JSON_BOOL;
    case dom::element_type::NULL_VALUE:
      break;
    }
  return TIDE_JSON_NULL;
}

bool
tide_json_node_get (TideJsonNode node, const char *key, TideJsonNode *ret_value)
{
  dom::object object;
  dom::element value;
  if (element_of (node).get (object) != simdjson::SUCCESS || object.at_key (key).get (value) != simdjson::SUCCESS
      || value.is_null ())
    return false;
  *ret_value = node_of (value);
  return true;
}

const char *
tide_json_node_get_text (TideJsonNode node, const char *key)
{
  TideJsonNode value;
  const char *text;
  if (!tide_json_node_get (node, key, &value) || element_of (value).get_c_str ().get (text) != simdjson::SUCCESS)
    return nullptr;
  return text;
}

bool
tide_json_node_get_bool (TideJsonNode node, const char *key, bool *ret_value)
{
  TideJsonNode value;
  bool is_true;
  if (!tide_json_node_get (node, key, &value) || element_of (value).get (is_true) != simdjson::SUCCESS)
    return false;
  *ret_value = is_true;
  return true;
}

bool
tide_json_node_get_number (TideJsonNode node, const char *key, double *ret_value)
{
  TideJsonNode value;
  double number;
  if (!tide_json_node_get (node, key, &value) || element_of (value).get_double ().get (number) != simdjson::SUCCESS)
    return false;
  *ret_value = number;
  return true;
}

char *
tide_json_node_to_text (TideJsonNode node)
{
  dom::element element = element_of (node);
  const char *text;
  int64_t integer;
  double real;
  bool is_true;
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (element.get_c_str ().get (text) == simdjson::SUCCESS)
    return g_strdup (text);
  if (element.get (is_true) == simdjson::SUCCESS)
    return g_strdup (is_true ? "true" : "false");
  if (element.get (integer) == simdjson::SUCCESS)
    return g_strdup_printf ("%" G_GINT64_FORMAT, integer);
  if (element.get_double ().get (real) != simdjson::SUCCESS)
    return nullptr;
  for (const char *format : { "%.15g", "%.16g", "%.17g" }) /* the shortest that reads as the same */
    {
      g_ascii_formatd (buffer, sizeof buffer, format, real);
      if (g_ascii_strtod (buffer, nullptr) == real)
        break;
    }
  return g_strdup (buffer);
}

void
tide_json_node_each (TideJsonNode node, TideJsonEach each, void *data)
{
  dom::array array;
  dom::object object;
  if (element_of (node).get (array) == simdjson::SUCCESS)
    {
      for (dom::element element : array)
        if (!each (nullptr, node_of (element), data))
          return;
    }
  else if (element_of (node).get (object) == simdjson::SUCCESS)
    for (dom::key_value_pair member : object)
      if (!each (member.key.data (), node_of (member.value), data))
        return;
}
