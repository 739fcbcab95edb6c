/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text as JSON has it. */
#pragma once

#include "model-base.h"

G_BEGIN_DECLS

void tide_json_append_text (GString *out, const char *text, gssize len);

G_END_DECLS
