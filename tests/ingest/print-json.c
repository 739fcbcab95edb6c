/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads documents (4 bytes of length, little endian, then the bytes) from standard input and prints a line for each:
 * "-" when it was refused, else the values of fixed paths and, after "|", every other member that there is. The other
 * half of json-differential.py. Each document ends where a page ends that may not be read, so that reading beyond it
 * crashes. */
#include "ingest-json.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *const paths[][4] = {
  { "a", NULL }, { "b", NULL }, { "c", "d", NULL }, { "c", "e", "f", NULL }, { "c", NULL },
  { "key \"q\" \\", NULL }, { "\xc3\xa9", NULL }, { "a-key-that-is-longer-than-sixteen", NULL },
};

static void
print_hex (const char *data, gsize len)
{
  for (gsize i = 0; i < len; i++)
    printf ("%02x", (unsigned char) data[i]);
}

static void
print_raw (const TideRaw *raw)
{
  putchar ("mzftnsoa"[raw->kind]);
  if (raw->kind == TIDE_RAW_NUMBER || raw->kind == TIDE_RAW_TEXT)
    print_hex (raw->data, raw->len);
}

static void
visit (const char *path, gsize path_len, const TideRaw *value, void *data)
{
  GString *line = data;
  for (gsize i = 0; i < path_len; i++)
    g_string_append_printf (line, "%02x", (unsigned char) path[i]);
  g_string_append_printf (line, "=%c", "mzftnsoa"[value->kind]);
  for (gsize i = 0; (value->kind == TIDE_RAW_NUMBER || value->kind == TIDE_RAW_TEXT) && i < value->len; i++)
    g_string_append_printf (line, "%02x", (unsigned char) value->data[i]);
  g_string_append_c (line, ' ');
}

static void
print_document (TideJson *json, const char *data, gsize len)
{
  TideRaw values[G_N_ELEMENTS (paths)], again[G_N_ELEMENTS (paths)];
  const char *reason = NULL;
  g_autoptr (GString) others = g_string_new (NULL);
  bool ok = tide_json_read_visit (json, data, len, values, true, visit, others, &reason);
  if (ok)
    {
      for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
        {
          print_raw (&values[i]);
          putchar (' ');
        }
      printf ("| %s", others->str);
    }
  else
    putchar ('-');
  /* Without a visitor, the way of almost all events, it is the same. */
  bool same = tide_json_read (json, data, len, again, &reason) == ok;
  for (guint i = 0; ok && same && i < G_N_ELEMENTS (paths); i++)
    same = values[i].kind == again[i].kind
           && ((values[i].kind != TIDE_RAW_NUMBER && values[i].kind != TIDE_RAW_TEXT) || values[i].len == again[i].len);
  puts (same ? "" : " DIFFERS without a visitor");
}

int
main (void)
{
  const gsize room = 8 * 1024 * 1024;
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  char *memory = mmap (NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const char *const *list[G_N_ELEMENTS (paths)];
  unsigned char length[4];
  if (memory == MAP_FAILED || mprotect (memory + room, page, PROT_NONE) != 0)
    return 1;
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    list[i] = paths[i];
  TideJson *json = tide_json_new (list, G_N_ELEMENTS (paths));
  while (fread (length, 1, 4, stdin) == 4)
    {
      gsize len = length[0] | (gsize) length[1] << 8 | (gsize) length[2] << 16 | (gsize) length[3] << 24;
      if (len > room || fread (memory + room - len, 1, len, stdin) != len)
        return 1;
      print_document (json, memory + room - len, len);
    }
  tide_json_free (json);
  return 0;
}
