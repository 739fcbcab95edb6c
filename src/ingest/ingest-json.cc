/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the values of known paths out of a JSON document, and validates all of it.
 * simdjson's first stage (UTF-8, quotes, where each token starts) does the heavy part with vector instructions; its
 * second stages don't serve here: on demand is no validator, and the DOM loses the digits of numbers and refuses
 * integers beyond 64 bits that nobody reads. So the walk over the tokens is ours: it checks the grammar of every
 * token and copies nothing. Events of a stream have their keys in the same order, so each object remembers which key
 * came at which position and mostly needs one comparison for each. stage1() is simdjson's, but not part of the API
 * it promises: tests/ingest compares the outcome with Python's json. Limits: depth 512, documents of 1 GiB. */
#include "ingest-json.h"

#include <simdjson.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace
{

constexpr size_t capacity_min = 64 * 1024, capacity_keep = 1024 * 1024, document_max = size_t (1) << 30;
constexpr uint32_t layout_max = 256;
constexpr uint32_t quoted_max = 48;
constexpr uint32_t deep_max = 16;

struct Node;

/* The key that came last at one position of an object, with its quotes, and what it leads to (NULL: nothing). */
struct Seen
{
  uint32_t len = 0; /* 0: none yet */
  Node *child = nullptr;
  uint64_t mask[2] = { 0, 0 };
  char quoted[quoted_max] = {};
};

struct Node
{
  std::string key;
  std::vector<uint32_t> values; /* indices of paths that end here */
  std::vector<std::unique_ptr<Node>> children;
  std::unordered_map<std::string, Node *> by_key;
  std::vector<Seen> layout;
  uint64_t generation = 0; /* of the document that had it last */
};

} // namespace

struct _TideJson
{
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
  size_t capacity = 0;
  Node root;
  uint32_t n_paths = 0;
  uint64_t generation = 0;
  std::vector<char> scratch; /* unescaped text of one document */
  std::string lookup;
  char reason[160] = {};

  /* Of the document being read. */
  const char *data = nullptr;
  size_t len = 0;
  uint32_t *index = nullptr; /* where tokens start; index[n] is len */
  uint32_t n = 0;
  bool escapes = false;
  size_t scratch_used = 0;
  TideRaw *values = nullptr;
  TideJsonVisit visit = nullptr;
  void *visit_data = nullptr;
  bool deep = false;
  std::string path;
};

namespace
{

using Json = _TideJson;
constexpr uint32_t failed = UINT32_MAX;

inline bool
is_space (char c)
{
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

inline bool
is_digit (char c)
{
  return static_cast<unsigned char> (c - '0') < 10;
}

uint32_t
fail_at (Json *json, size_t at, const char *what)
{
  snprintf (json->reason, sizeof json->reason, "malformed JSON at byte %zu: %s", at, what);
  return failed;
}

inline char
token (const Json *json, uint32_t i)
{
  return i < json->n ? json->data[json->index[i]] : '\0';
}

uint32_t
fail (Json *json, uint32_t i, const char *what)
{
  return fail_at (json, i < json->n ? json->index[i] : json->len, i < json->n ? what : "it ends too early");
}

/* Digits of \uXXXX; -1 when they are none. */
int
hex4 (const char *p, const char *end)
{
  if (end - p < 4)
    return -1;
  int value = 0;
  for (int i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (p[i]);
      if (digit < 0)
        return -1;
      value = value * 16 + digit;
    }
  return value;
}

char *
put_utf8 (char *out, uint32_t c)
{
  return out + g_unichar_to_utf8 (c, out);
}

/* Unescapes [p, end) into @out, which has room for as many bytes. NULL: an escape is wrong. */
char *
unescape (const char *p, const char *end, char *out)
{
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  while (p < end)
    {
      if (*p == '"')
        return nullptr;
      if (*p != '\\')
        {
          *out++ = *p++;
          continue;
        }
      if (++p == end)
        return nullptr;
      char c = *p++;
      if (c != 'u')
        {
          const char *found = c == '\0' ? nullptr : strchr (from, c);
          if (found == nullptr)
            return nullptr;
          *out++ = to[found - from];
          continue;
        }
      int code = hex4 (p, end);
      if (code < 0 || (code >= 0xdc00 && code < 0xe000))
        return nullptr;
      p += 4;
      if (code >= 0xd800 && code < 0xdc00)
        {
          int low = end - p >= 6 && p[0] == '\\' && p[1] == 'u' ? hex4 (p + 2, end) : -1;
          if (low < 0xdc00 || low >= 0xe000)
            return nullptr;
          p += 6;
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
      out = put_utf8 (out, static_cast<uint32_t> (code));
    }
  return out;
}

/* The text of the string that is token @i; in the payload, or unescaped in scratch. */
inline bool
read_string (Json *json, uint32_t i, const char **ret_data, uint32_t *ret_len)
{
  const char *start = json->data + json->index[i] + 1;
  const char *end = json->data + json->index[i + 1];
  while (end > start && is_space (end[-1]))
    end--;
  if (end == start || end[-1] != '"')
    {
      fail (json, i, "a string is not closed");
      return false;
    }
  end--;
  if (!json->escapes || memchr (start, '\\', static_cast<size_t> (end - start)) == nullptr)
    {
      *ret_data = start;
      *ret_len = static_cast<uint32_t> (end - start);
      return true;
    }
  char *out = json->scratch.data () + json->scratch_used;
  char *out_end = unescape (start, end, out);
  if (out_end == nullptr)
    {
      fail (json, i, "wrong escape in a string");
      return false;
    }
  *ret_data = out;
  *ret_len = static_cast<uint32_t> (out_end - out);
  json->scratch_used += *ret_len;
  return true;
}

/* From @p to the end of token @i there is nothing but space. */
inline bool
ends_token (const Json *json, const char *p, uint32_t i)
{
  const char *end = json->data + json->index[i + 1];
  while (p < end && is_space (*p))
    p++;
  return p == end;
}

inline const char *
skip_digits (const char *p, const char *end)
{
  while (p < end && is_digit (*p))
    p++;
  return p;
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? */
inline bool
read_number (Json *json, uint32_t i, uint32_t *ret_len)
{
  const char *start = json->data + json->index[i], *end = json->data + json->index[i + 1];
  const char *p = start + (*start == '-');
  const char *digits = p;
  p = skip_digits (p, end);
  bool ok = p > digits && (*digits != '0' || p == digits + 1);
  if (ok && p < end && *p == '.')
    {
      digits = ++p;
      p = skip_digits (p, end);
      ok = p > digits;
    }
  if (ok && p < end && (*p == 'e' || *p == 'E'))
    {
      p++;
      p += p < end && (*p == '+' || *p == '-');
      digits = p;
      p = skip_digits (p, end);
      ok = p > digits;
    }
  if (!ok || !ends_token (json, p, i))
    {
      fail (json, i, "wrong number");
      return false;
    }
  *ret_len = static_cast<uint32_t> (p - start);
  return true;
}

inline bool
read_word (Json *json, uint32_t i, const char *word, size_t word_len)
{
  const char *p = json->data + json->index[i];
  if (json->index[i + 1] - json->index[i] < word_len || memcmp (p, word, word_len) != 0
      || !ends_token (json, p + word_len, i))
    {
      fail (json, i, "unknown word");
      return false;
    }
  return true;
}

/* Reads the scalar that is token @i. */
inline bool
read_scalar (Json *json, uint32_t i, TideRaw *ret_value)
{
  switch (token (json, i))
    {
    case '"':
      ret_value->kind = TIDE_RAW_TEXT;
      return read_string (json, i, &ret_value->data, &ret_value->len);
    case '-':
    case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
      ret_value->kind = TIDE_RAW_NUMBER;
      ret_value->data = json->data + json->index[i];
      return read_number (json, i, &ret_value->len);
    case 't':
      ret_value->kind = TIDE_RAW_TRUE;
      return read_word (json, i, "true", 4);
    case 'f':
      ret_value->kind = TIDE_RAW_FALSE;
      return read_word (json, i, "false", 5);
    case 'n':
      ret_value->kind = TIDE_RAW_NULL;
      return read_word (json, i, "null", 4);
    default:
      fail (json, i, "expected a value");
      return false;
    }
}

/* A key nobody asks for, and its colon; returns the token after it. */
inline uint32_t
skip_key (Json *json, uint32_t i)
{
  const char *data;
  uint32_t len;
  if (token (json, i) != '"')
    return fail (json, i, "expected a key in quotes");
  if (!read_string (json, i, &data, &len))
    return failed;
  if (token (json, i + 1) != ':')
    return fail (json, i + 1, "expected ':'");
  return i + 2;
}

/* Validates the value at token @i, which nobody asks for; returns the token after it. */
uint32_t
skip (Json *json, uint32_t i, uint32_t depth)
{
  bool in_object[TIDE_JSON_MAX_DEPTH];
  uint32_t level = 0;
  for (;;)
    {
      char c = token (json, i);
      if (c == '{' || c == '[')
        {
          if (depth + level >= TIDE_JSON_MAX_DEPTH)
            return fail (json, i, "nested too deep");
          char close = c == '{' ? '}' : ']';
          if (token (json, i + 1) != close)
            {
              in_object[level++] = c == '{';
              i = c == '{' ? skip_key (json, i + 1) : i + 1;
              if (i == failed)
                return failed;
              continue;
            }
          i += 2;
        }
      else
        {
          TideRaw value;
          if (!read_scalar (json, i, &value))
            return failed;
          i++;
        }
      /* After a value: close what ends here, or go on to the next one. */
      for (;;)
        {
          if (level == 0)
            return i;
          c = token (json, i);
          bool object = in_object[level - 1];
          if (c == (object ? '}' : ']'))
            {
              level--;
              i++;
              continue;
            }
          if (c != ',')
            return fail (json, i, object ? "expected ',' or '}'" : "expected ',' or ']'");
          i = object ? skip_key (json, i + 1) : i + 1;
          if (i == failed)
            return failed;
          break;
        }
    }
}

inline bool
same_key (const Json *json, uint32_t at, const Seen &seen)
{
  if (seen.len == 0 || at + seen.len > json->len)
    return false;
  const char *p = json->data + at;
  if (seen.mask[0] == 0 || at + 16 > json->len)
    return memcmp (p, seen.quoted, seen.len) == 0;
  uint64_t a[2], b[2];
  memcpy (a, p, 16);
  memcpy (b, seen.quoted, 16);
  return (((a[0] ^ b[0]) & seen.mask[0]) | ((a[1] ^ b[1]) & seen.mask[1])) == 0;
}

void
remember (Seen &seen, const char *key, uint32_t len, Node *child)
{
  if (len + 2 > quoted_max)
    {
      seen.len = 0;
      return;
    }
  seen.child = child;
  seen.len = len + 2;
  memset (seen.quoted, 0, sizeof seen.quoted);
  seen.quoted[0] = '"';
  memcpy (seen.quoted + 1, key, len);
  seen.quoted[len + 1] = '"';
  char mask[16] = {};
  if (seen.len <= 16)
    memset (mask, 0xff, seen.len);
  memcpy (seen.mask, mask, 16);
}

/* The key at token @i of an object whose keys are @node's, at @position of it. */
inline bool
read_key (Json *json, Node *node, uint32_t i, uint32_t position, Node **ret_child)
{
  if (position < node->layout.size () && same_key (json, json->index[i], node->layout[position]))
    {
      *ret_child = node->layout[position].child;
      return true;
    }
  const char *key;
  uint32_t len;
  if (!read_string (json, i, &key, &len))
    return false;
  json->lookup.assign (key, len);
  auto found = node->by_key.find (json->lookup);
  *ret_child = found == node->by_key.end () ? nullptr : found->second;
  if (position < layout_max && key == json->data + json->index[i] + 1)
    {
      if (position >= node->layout.size ())
        node->layout.resize (position + 1);
      remember (node->layout[position], key, len, *ret_child);
    }
  return true;
}

uint32_t read_object (Json *json, Node *node, uint32_t i, uint32_t depth);

/* Validates a value and says what it is. */
uint32_t
read_any (Json *json, uint32_t i, uint32_t depth, TideRaw *ret_value)
{
  char c = token (json, i);
  if (c != '{' && c != '[')
    return read_scalar (json, i, ret_value) ? i + 1 : failed;
  ret_value->kind = c == '{' ? TIDE_RAW_OBJECT : TIDE_RAW_ARRAY;
  return skip (json, i, depth);
}

/* The value at token @i under a key that leads to @child. */
inline uint32_t
read_child (Json *json, Node *child, uint32_t i, uint32_t depth)
{
  if (child->generation == json->generation)
    return skip (json, i, depth);
  child->generation = json->generation;
  TideRaw value = { TIDE_RAW_MISSING, 0, nullptr };
  uint32_t next;
  if (!child->children.empty () && token (json, i) == '{')
    {
      value.kind = TIDE_RAW_OBJECT;
      next = read_object (json, child, i, depth);
    }
  else
    next = read_any (json, i, depth, &value);
  for (uint32_t path : child->values)
    json->values[path] = value;
  return next;
}

/* A member that no path names, while somebody watches. */
uint32_t
visit_unknown (Json *json, uint32_t key_token, uint32_t i, uint32_t depth)
{
  const char *key;
  uint32_t len, next;
  size_t before = json->path.size ();
  if (!read_string (json, key_token, &key, &len))
    return failed;
  if (json->deep && memchr (key, '.', len) != nullptr)
    return skip (json, i, depth);
  if (before > 0)
    json->path += '.';
  json->path.append (key, len);
  if (json->deep && token (json, i) == '{' && token (json, i + 1) != '}' && depth < deep_max)
    {
      Node nobody;
      next = read_object (json, &nobody, i, depth);
    }
  else
    {
      TideRaw value = { TIDE_RAW_MISSING, 0, nullptr };
      next = read_any (json, i, depth, &value);
      if (next != failed)
        json->visit (json->path.data (), json->path.size (), &value, json->visit_data);
    }
  json->path.resize (before);
  return next;
}

/* The object at token @i; returns the token after it. */
uint32_t
read_object (Json *json, Node *node, uint32_t i, uint32_t depth)
{
  if (depth >= TIDE_JSON_MAX_DEPTH)
    return fail (json, i, "nested too deep");
  if (token (json, ++i) == '}')
    return i + 1;
  size_t path_before = json->path.size ();
  if (json->visit != nullptr && !node->key.empty ())
    {
      if (path_before > 0)
        json->path += '.';
      json->path += node->key;
    }
  for (uint32_t position = 0;; position++)
    {
      Node *child;
      if (token (json, i) != '"')
        return fail (json, i, "expected a key in quotes");
      if (!read_key (json, node, i, position, &child))
        return failed;
      if (token (json, i + 1) != ':')
        return fail (json, i + 1, "expected ':'");
      if (child != nullptr)
        i = read_child (json, child, i + 2, depth + 1);
      else if (json->visit != nullptr)
        i = visit_unknown (json, i, i + 2, depth + 1);
      else
        i = skip (json, i + 2, depth + 1);
      if (i == failed)
        return failed;
      char c = token (json, i++);
      if (c == '}')
        break;
      if (c != ',')
        return fail (json, i - 1, "expected ',' or '}'");
    }
  if (json->visit != nullptr)
    json->path.resize (path_before);
  return i;
}

bool
make_room (Json *json, size_t len)
{
  if (json->capacity >= len && (json->capacity <= capacity_keep || len > capacity_keep / 4))
    return true;
  size_t capacity = capacity_min;
  while (capacity < len)
    capacity *= 2;
  simdjson::error_code code;
  if (json->parser == nullptr)
    code = simdjson::get_active_implementation ()->create_dom_parser_implementation (capacity, 1, json->parser);
  else
    code = json->parser->set_capacity (capacity);
  json->capacity = code == simdjson::SUCCESS ? capacity : 0;
  return code == simdjson::SUCCESS;
}

bool
tokenize (Json *json, const char *data, size_t len)
{
  if (len == 0 || len > document_max || !make_room (json, len))
    {
      fail_at (json, 0, len == 0 ? "there is nothing" : "the document is too large");
      return false;
    }
  auto code = json->parser->stage1 (reinterpret_cast<const uint8_t *> (data), len, simdjson::stage1_mode::regular);
  if (code != simdjson::SUCCESS)
    {
      const char *what = simdjson::error_message (code);
      switch (code)
        {
        case simdjson::UTF8_ERROR: what = "the text is not UTF-8"; break;
        case simdjson::UNESCAPED_CHARS: what = "control character in a string"; break;
        case simdjson::UNCLOSED_STRING: what = "a string is not closed"; break;
        case simdjson::EMPTY: what = "there is nothing"; break;
        default: break;
        }
      snprintf (json->reason, sizeof json->reason, "malformed JSON: %s", what);
      return false;
    }
  json->data = data;
  json->len = len;
  json->n = json->parser->n_structural_indexes;
  json->index = json->parser->structural_indexes.get ();
  json->index[json->n] = static_cast<uint32_t> (len);
  json->escapes = memchr (data, '\\', len) != nullptr;
  json->scratch_used = 0;
  /* A key may be read twice, once to look it up and once for whoever watches. */
  if (json->escapes && json->scratch.size () < 2 * len)
    json->scratch.resize (2 * len);
  return true;
}

void
add_path (Json *json, const char *const *parts, uint32_t value)
{
  Node *node = &json->root;
  for (; *parts != nullptr; parts++)
    {
      auto found = node->by_key.find (*parts);
      if (found != node->by_key.end ())
        {
          node = found->second;
          continue;
        }
      node->children.push_back (std::make_unique<Node> ());
      Node *child = node->children.back ().get ();
      child->key = *parts;
      node->by_key[child->key] = child;
      node = child;
    }
  node->values.push_back (value);
}

} // namespace

TideJson *
tide_json_new (const char *const *const *paths, guint n_paths)
{
  TideJson *json = new _TideJson;
  json->n_paths = n_paths;
  for (guint i = 0; i < n_paths; i++)
    add_path (json, paths[i], i);
  return json;
}

void
tide_json_free (TideJson *json)
{
  delete json;
}

bool
tide_json_read_visit (TideJson *json, const char *data, gsize len, TideRaw *ret_values, bool deep,
                      TideJsonVisit visit, void *visit_data, const char **ret_reason)
{
  *ret_reason = json->reason;
  if (!tokenize (json, data, len))
    return false;
  json->generation++;
  json->values = ret_values;
  json->visit = visit;
  json->visit_data = visit_data;
  json->deep = deep;
  json->path.clear ();
  for (uint32_t i = 0; i < json->n_paths; i++)
    ret_values[i].kind = TIDE_RAW_MISSING;
  if (token (json, 0) != '{')
    {
      TideRaw value;
      uint32_t next = read_any (json, 0, 0, &value);
      if (next != failed && next != json->n)
        fail (json, next, "there is more after its end");
      else if (next != failed)
        snprintf (json->reason, sizeof json->reason, "expected a JSON object, found another value");
      return false;
    }
  uint32_t next = read_object (json, &json->root, 0, 0);
  if (next == failed)
    return false;
  if (next != json->n)
    {
      fail (json, next, "there is more after its end");
      return false;
    }
  return true;
}

bool
tide_json_read (TideJson *json, const char *data, gsize len, TideRaw *ret_values, const char **ret_reason)
{
  return tide_json_read_visit (json, data, len, ret_values, false, nullptr, nullptr, ret_reason);
}
