/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Patterns of rules. GRegex can't be told when to give up, and a pattern such as (a+)+$ takes longer than anyone lives on
 * the wrong text; so PCRE2 itself is asked, with the options that GRegex has, bounded steps, and nothing allocated for a
 * match. Who gives up says so, and the event counts as broken.
 * Limit: a text that takes more steps than MATCH_STEPS is never found to match, even if it does. */
#include "ingest-rules.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define MATCH_STEPS 20000
#define MATCH_HEAP_KIB 1024
#define STACK_BYTES (32 * 1024)
#define STACK_MAX_BYTES (256 * 1024)

struct _TidePattern
{
  pcre2_code *code; /* NULL: it can't be compiled, which the workspace's check does not let pass */
  pcre2_match_context *context;
  pcre2_match_data *data;
  pcre2_jit_stack *stack;
};

TidePattern *
tide_pattern_new (const char *text)
{
  TidePattern *pattern = g_new0 (TidePattern, 1);
  int code;
  PCRE2_SIZE offset;
  pcre2_compile_context *compile = pcre2_compile_context_create (NULL);
  pcre2_set_newline (compile, PCRE2_NEWLINE_ANY);
  pattern->code = pcre2_compile ((PCRE2_SPTR) text, PCRE2_ZERO_TERMINATED,
                                 PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &code, &offset, compile);
  pcre2_compile_context_free (compile);
  if (pattern->code == NULL)
    return pattern;
  pattern->context = pcre2_match_context_create (NULL);
  pcre2_set_match_limit (pattern->context, MATCH_STEPS);
  pcre2_set_depth_limit (pattern->context, MATCH_STEPS);
  pcre2_set_heap_limit (pattern->context, MATCH_HEAP_KIB);
  /* Only whether it matches is asked, not where. */
  pattern->data = pcre2_match_data_create (1, NULL);
  if (pcre2_jit_compile (pattern->code, PCRE2_JIT_COMPLETE) == 0)
    {
      pattern->stack = pcre2_jit_stack_create (STACK_BYTES, STACK_MAX_BYTES, NULL);
      pcre2_jit_stack_assign (pattern->context, NULL, pattern->stack);
    }
  return pattern;
}

void
tide_pattern_free (TidePattern *pattern)
{
  if (pattern == NULL)
    return;
  pcre2_match_data_free (pattern->data);
  pcre2_match_context_free (pattern->context);
  pcre2_jit_stack_free (pattern->stack);
  pcre2_code_free (pattern->code);
  g_free (pattern);
}

/* @text: valid UTF-8, as every text of a batch is. */
TidePatternResult
tide_pattern_match (const TidePattern *pattern, const char *text, gsize len)
{
  if (pattern->code == NULL)
    return TIDE_PATTERN_GAVE_UP;
  /* The compiled code at once where there is some: what pcre2_match() looks at first holds for every text of a batch. */
  int n = pattern->stack != NULL
            ? pcre2_jit_match (pattern->code, (PCRE2_SPTR) (len > 0 ? text : ""), len, 0, 0, pattern->data, pattern->context)
            : pcre2_match (pattern->code, (PCRE2_SPTR) (len > 0 ? text : ""), len, 0, PCRE2_NO_UTF_CHECK,
                           pattern->data, pattern->context);
  return n >= 0                    ? TIDE_PATTERN_MATCHES
         : n == PCRE2_ERROR_NOMATCH ? TIDE_PATTERN_DIFFERS
                                    : TIDE_PATTERN_GAVE_UP;
}
