/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns that were stored under another type. Private to store/. */
#pragma once

#include "store-column.h"

G_BEGIN_DECLS

typedef struct _TideConverter TideConverter;

TideConverter *tide_converter_new (TideType type, int scale);
void tide_converter_free (TideConverter *converter);
/* Values that the type can't hold exactly become null. Borrowed until the next call. */
void tide_converter_convert (TideConverter *converter, const TideColumn *column, uint32_t n, TideColumn *ret_column);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideConverter, tide_converter_free)

G_END_DECLS
