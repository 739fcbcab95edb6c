/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes a topic and fills it with the events of the benchmarks, a millisecond apart and until now; then a workspace with
 * five metrics that reads it: fill-topic BROKERS TOPIC EVENTS DIR */
#include "bench-private.h"

#include <stdio.h>
#include <stdlib.h>

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (argc == 5 && tide_bench_kafka_create_topic (argv[1], argv[2], &error)
      && tide_bench_kafka_fill (argv[1], argv[2], strtoull (argv[3], NULL, 10), &error)
      && tide_bench_kafka_workspace (argv[4], argv[1], argv[2], tide_bench_metrics_conf, &error))
    return 0;
  fprintf (stderr, "fill-topic BROKERS TOPIC EVENTS DIR: %s\n", error != NULL ? error->message : "four words are needed");
  return 1;
}
