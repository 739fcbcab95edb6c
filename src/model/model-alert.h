/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model-catalog.h"
#include "model-metric.h"

G_BEGIN_DECLS

typedef enum
{
  TIDE_SEVERITY_INFO,
  TIDE_SEVERITY_WARNING,
  TIDE_SEVERITY_CRITICAL,
} TideSeverity;

const char *tide_severity_to_string (TideSeverity severity);

/* What a rule does at a pane in which its metric has no value. */
typedef enum
{
  TIDE_NO_DATA_KEEP,   /* keeps its state */
  TIDE_NO_DATA_NORMAL, /* as if the condition did not hold */
  TIDE_NO_DATA_ALERT,  /* alerts, in a state of its own */
} TideNoData;

typedef enum
{
  TIDE_COMPARE_ABOVE,
  TIDE_COMPARE_BELOW,
  TIDE_COMPARE_BOTH,
} TideCompare;

/* A condition on a metric (or on a stream or source) with a hold time, severity and routes. Immutable; belongs to its
 * workspace. Which of the figures count is said by the condition's spec; shares are fractions, durations seconds. */
typedef struct
{
  char *name, *title;
  char *runbook;                       /* an address, or NULL */
  const TideConditionSpec *condition;
  TideMetric *metric, *divided_by;     /* references; NULL: a rule on a stream or source, or not a ratio */
  char *stream, *source;               /* names; stream is that of the metric when there is one */
  char **groups;                       /* patterns of labels with * and ?; NULL: every group */
  TideCompare compare;
  double threshold, clear;             /* clear is the threshold when no other was given */
  double low, high, clear_low, clear_high; /* of a band */
  bool relative;                       /* of a change: threshold is a share of the earlier value */
  TideDuration within;                 /* of a change: against the value this long ago; of a share: over this long */
  TideDuration hold;                   /* for= */
  TideDuration keep_firing, delay;
  TideNoData no_data;
  TideSeverity severity;
  char **routes;                       /* NULL-terminated; "desktop", "sound" or names of routes */
  bool enabled;
  char *definition;                    /* "above 0.02, clear 0.016 for 30s", without what does not decide states */
  char version[17];                    /* hash of what decides its states, hex */
} TideAlert;

/* Whether rules of this condition look at @key of their section: of those that not every rule has. */
bool tide_condition_takes (const TideConditionSpec *spec, const char *key);
bool tide_alert_takes_group (const TideAlert *alert, const char *label);
/* A label against one pattern with * and ?; without either it must be equal. */
bool tide_alert_pattern_match (const char *pattern, const char *label);

typedef enum
{
  TIDE_ROUTE_AUTH_NONE,
  TIDE_ROUTE_AUTH_BEARER,
  TIDE_ROUTE_AUTH_HMAC, /* X-Tidemark-Signature: sha256=HEX of the body */
} TideRouteAuth;

/* Where notifications go besides desktop and sound: a webhook. Its secret is looked up by its name. */
typedef struct
{
  char *name;
  char *url;
  TideRouteAuth auth;
} TideRoute;

#define TIDE_ROUTE_DESKTOP "desktop"
#define TIDE_ROUTE_SOUND "sound"

G_END_DECLS
