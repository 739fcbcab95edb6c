/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a file source goes on, from the text that the database keeps: what is read is written again as it was. */
#include "fuzz.h"
#include "ingest-file-private.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = fuzz_text (data, size), *token = NULL;
  TideFileIdentity identity = { 0 }, same = { 0 };
  int64_t base = 0, base_again = 0;

  if (!tide_file_token_read (text, &base, &identity))
    return 0;
  token = tide_file_token_make (base, &identity);
  fuzz_check (tide_file_token_read (token, &base_again, &same));
  fuzz_check (base == base_again && identity.device == same.device && identity.inode == same.inode
              && identity.n == same.n && identity.hash == same.hash);
  return 0;
}
