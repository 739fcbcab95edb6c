/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the demo's events say. Every value is a hash of seed, index and what it is for: event i is the same whenever
 * and in whatever order it is made, and order i, its payment and its delivery agree on id, city, amount and time.
 * Now and then something goes wrong, so that there is something to see: two per cent of the events come 10 s to 5 min
 * late, one in 2,000 is broken, and in about half of all three-hour windows a city has a delivery outage, a burst of
 * fraud, or a cool box that warms up. */
#include "ingest-demo-world.h"

#include <math.h>
#include <string.h>

#define CITIES 5
#define RESTAURANTS 40
#define DRIVERS 60
#define CUSTOMERS 6000
#define BOXES 120
#define LATE_ONE_IN 50
#define BROKEN_ONE_IN 2000
#define INCIDENT_WINDOW (3 * TIDE_HOUR)

/* What a hash is for. */
enum
{
  SALT_CITY = 1, SALT_GAP, SALT_LATE, SALT_LATE_BY, SALT_BROKEN, SALT_RESTAURANT, SALT_CUSTOMER, SALT_ITEMS,
  SALT_AMOUNT, SALT_STATUS, SALT_METHOD, SALT_TIP, SALT_PLATFORM, SALT_FRAUD, SALT_RISK, SALT_DRIVER, SALT_DISTANCE,
  SALT_DURATION, SALT_RATING, SALT_ORBIT, SALT_SPEED, SALT_NOISE, SALT_OUTAGE, SALT_BURST, SALT_WARM, SALT_BATTERY,
};

static const struct
{
  const char *name, *code;
  double lat, lon;
  guint share; /* orders of 100 up to and with this one */
  int64_t drive_s; /* typical */
} cities[CITIES] = {
  { "Berlin", "BER", 52.5200, 13.4050, 34, 900 },
  { "Hamburg", "HAM", 53.5511, 9.9937, 57, 840 },
  { "Munich", "MUC", 48.1351, 11.5820, 76, 780 },
  { "Cologne", "CGN", 50.9375, 6.9603, 89, 720 },
  { "Frankfurt", "FRA", 50.1109, 8.6821, 100, 690 },
};

static const char *const restaurant_first[] = { "Golden", "Little", "Blue", "Corner", "Royal", "Green", "Old", "Spice" };
static const struct
{
  const char *name, *cuisine;
} restaurant_last[] = {
  { "Wok", "asian" }, { "Trattoria", "italian" }, { "Burger", "burger" }, { "Curry", "indian" }, { "Falafel", "arabic" },
};

typedef struct
{
  guint64 seed;
  int64_t index;
  TideTime time; /* when it happened */
  char *out;
} Event;

/* splitmix64's finalizer. */
static inline guint64
mix (guint64 x)
{
  x ^= x >> 30;
  x *= G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  x ^= x >> 27;
  x *= G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return x ^ x >> 31;
}

static inline guint64
hash (guint64 seed, int64_t index, guint salt)
{
  return mix (mix (seed * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) + salt) + (guint64) index * G_GUINT64_CONSTANT (0xd1342543de82ef95));
}

/* In [0, 1). */
static inline double
share (guint64 seed, int64_t index, guint salt)
{
  return (double) (hash (seed, index, salt) >> 11) * 0x1p-53;
}

/* --- writing --- */

static inline void
put (Event *event, const char *text)
{
  gsize len = strlen (text);
  memcpy (event->out, text, len);
  event->out += len;
}

static inline void
put_int (Event *event, int64_t value)
{
  char digits[24], *p = digits + sizeof digits;
  guint64 left = value < 0 ? 0 - (guint64) value : (guint64) value;
  do
    *--p = (char) ('0' + left % 10);
  while ((left /= 10) > 0);
  if (value < 0)
    *--p = '-';
  gsize len = (gsize) (digits + sizeof digits - p);
  memcpy (event->out, p, len);
  event->out += len;
}

/* value / 10^decimals */
static inline void
put_decimal (Event *event, int64_t value, int decimals)
{
  int64_t power = 1;
  for (int i = 0; i < decimals; i++)
    power *= 10;
  if (value < 0)
    *event->out++ = '-';
  value = ABS (value);
  put_int (event, value / power);
  *event->out++ = '.';
  for (power /= 10; power > 0; power /= 10)
    *event->out++ = (char) ('0' + value / power % 10);
}

static inline void
put_time (Event *event, TideTime time)
{
  char buffer[TIDE_TIME_STR_MAX];
  gsize len = tide_time_format (time, buffer);
  *event->out++ = '"';
  memcpy (event->out, buffer, len);
  event->out += len;
  *event->out++ = '"';
}

static inline void
put_code (Event *event, const char *prefix, int64_t number)
{
  put (event, "\"");
  put (event, prefix);
  put (event, number < 10 ? "-00" : number < 100 ? "-0" : "-");
  put_int (event, number);
  put (event, "\"");
}

/* --- the world --- */

static guint
order_city (const Event *event)
{
  guint percent = (guint) (hash (event->seed, event->index, SALT_CITY) % 100), city = 0;
  while (percent >= cities[city].share)
    city++;
  return city;
}

static int64_t
order_items (const Event *event)
{
  guint64 h = hash (event->seed, event->index, SALT_ITEMS);
  return 1 + (int64_t) (h % 3) + (int64_t) (h >> 8) % 2 + ((h >> 16) % 12 == 0 ? 4 : 0);
}

/* In cents. */
static int64_t
order_amount (const Event *event)
{
  double x = share (event->seed, event->index, SALT_AMOUNT);
  return order_items (event) * (int64_t) (690 + 900 * x) / 10 * 10 + 190;
}

/* How far an incident of this kind is under way in the city: 0 not, else in (0, 1]. */
static double
incident (const Event *event, guint salt, guint city)
{
  int64_t window = event->time / INCIDENT_WINDOW;
  guint64 h = hash (event->seed, window, salt);
  if (h % 100 >= 55 || (h >> 8) % CITIES != city)
    return 0;
  TideDuration length = (12 + (TideDuration) (h >> 16) % 14) * TIDE_MINUTE;
  TideDuration start = (TideDuration) (h >> 24) % (INCIDENT_WINDOW / TIDE_SECOND - 1800) * TIDE_SECOND;
  TideDuration since = event->time - window * INCIDENT_WINDOW - start;
  if (since < 0 || since >= length)
    return 0;
  return MIN (1.0, (double) since / (double) (3 * TIDE_MINUTE) + 0.1);
}

static const char *
order_method (const Event *event)
{
  static const char *const methods[] = { "card", "card", "card", "card", "paypal", "paypal", "paypal", "apple-pay",
                                         "apple-pay", "cash" };
  return methods[hash (event->seed, event->index, SALT_METHOD) % G_N_ELEMENTS (methods)];
}

static void
put_order (Event *event)
{
  guint64 seed = event->seed;
  int64_t index = event->index;
  guint city = order_city (event);
  guint restaurant = (guint) (hash (seed, index, SALT_RESTAURANT) % RESTAURANTS);
  guint status = (guint) (hash (seed, index, SALT_STATUS) % 100);
  guint64 platform = hash (seed, index, SALT_PLATFORM);
  int64_t tip = hash (seed, index, SALT_TIP) % 3 == 0 ? (int64_t) (hash (seed, index, SALT_TIP) >> 8) % 8 * 50 : 0;
  put (event, "{\"order_id\":");
  put_int (event, 1000000 + index);
  put (event, ",\"created_at\":");
  put_time (event, event->time);
  put (event, ",\"city\":\"");
  put (event, cities[city].name);
  put (event, "\",\"restaurant\":\"");
  put (event, restaurant_first[restaurant / 5]);
  put (event, " ");
  put (event, restaurant_last[restaurant % 5].name);
  put (event, "\",\"cuisine\":\"");
  put (event, restaurant_last[restaurant % 5].cuisine);
  put (event, "\",\"customer_id\":");
  put_int (event, (int64_t) city * CUSTOMERS + (int64_t) (hash (seed, index, SALT_CUSTOMER) % CUSTOMERS));
  put (event, ",\"items\":");
  put_int (event, order_items (event));
  put (event, ",\"status\":\"");
  put (event, status < 93 ? "delivered" : status < 98 ? "cancelled" : "refunded");
  put (event, "\",\"payment\":{\"method\":\"");
  put (event, order_method (event));
  put (event, "\",\"amount\":");
  put_decimal (event, order_amount (event), 2);
  put (event, ",\"tip\":");
  put_decimal (event, tip, 2);
  put (event, "},\"platform\":\"");
  put (event, platform % 10 < 5 ? "ios" : platform % 10 < 9 ? "android" : "web");
  put (event, "\"}");
}

static void
put_payment (Event *event)
{
  guint64 seed = event->seed;
  int64_t index = event->index;
  guint city = order_city (event);
  double burst = incident (event, SALT_BURST, city);
  bool fraud = share (seed, index, SALT_FRAUD) < 0.004 + 0.12 * burst;
  double risk = share (seed, index, SALT_RISK);
  risk = fraud ? 0.62 + 0.37 * risk : 0.42 * risk * risk * risk + 0.01;
  guint status = (guint) (hash (seed, index, SALT_STATUS) % 100);
  put (event, "{\"payment_id\":");
  put_int (event, 5000000 + index);
  put (event, ",\"order_id\":");
  put_int (event, 1000000 + index);
  put (event, ",\"paid_at\":");
  put_time (event, event->time);
  put (event, ",\"city\":\"");
  put (event, cities[city].name);
  put (event, "\",\"method\":\"");
  put (event, fraud ? "card" : order_method (event));
  put (event, "\",\"amount\":");
  put_decimal (event, order_amount (event), 2);
  put (event, ",\"currency\":\"EUR\",\"status\":\"");
  put (event, status >= 98 ? "refunded" : risk > 0.9 || status == 50 ? "declined" : "captured");
  put (event, "\",\"risk\":");
  put_decimal (event, (int64_t) (risk * 1000), 3);
  put (event, ",\"is_fraud\":");
  put (event, fraud ? "true}" : "false}");
}

static void
put_delivery (Event *event)
{
  guint64 seed = event->seed;
  int64_t index = event->index;
  guint city = order_city (event);
  double outage = incident (event, SALT_OUTAGE, city);
  double a = share (seed, index, SALT_DISTANCE), b = share (seed, index, SALT_DURATION);
  int64_t metres = (int64_t) (400 + 5200 * a * a + 900 * a);
  double drive = (double) cities[city].drive_s * (0.45 + 0.6 * b * b + 0.3 * b) + (double) metres * 0.09;
  int64_t duration_s = (int64_t) (drive * (1 + 1.6 * outage));
  bool failed = share (seed, index, SALT_STATUS) < 0.008 + 0.06 * outage;
  guint rating = (guint) (hash (seed, index, SALT_RATING) % 100);
  put (event, "{\"delivery_id\":");
  put_int (event, 7000000 + index);
  put (event, ",\"order_id\":");
  put_int (event, 1000000 + index);
  put (event, ",\"delivered_at\":");
  put_time (event, event->time);
  put (event, ",\"city\":\"");
  put (event, cities[city].name);
  put (event, "\",\"driver_id\":");
  put_code (event, cities[city].code, (int64_t) (hash (seed, index, SALT_DRIVER) % DRIVERS));
  put (event, ",\"distance_km\":");
  put_decimal (event, metres / 10, 2);
  put (event, ",\"duration_s\":");
  put_int (event, duration_s);
  put (event, ",\"late\":");
  put (event, duration_s > 1500 ? "true" : "false");
  put (event, ",\"rating\":");
  if (rating < 45)
    put (event, "null");
  else
    put_int (event, duration_s > 1500 ? 1 + rating % 3 : rating < 80 ? 5 : rating < 93 ? 4 : 3);
  put (event, ",\"status\":\"");
  put (event, failed ? "failed\"}" : "delivered\"}");
}

/* Drivers report in turn, each on a loop of its own around its city. */
static void
put_position (Event *event)
{
  guint64 seed = event->seed;
  int64_t driver = event->index % (CITIES * DRIVERS);
  guint city = (guint) (driver % CITIES);
  double phase = share (seed, driver, SALT_ORBIT) * 6.283185307, t = (double) (event->time / TIDE_MS) / 1000.0;
  double turn = fmod (t, 5400) / 5400 * 6.283185307 + phase;
  double size = 0.012 + 0.05 * share (seed, driver, SALT_DISTANCE);
  double lat = cities[city].lat + size * sin (turn) + 0.006 * sin (7 * turn);
  double lon = cities[city].lon + 1.5 * size * sin (2 * turn + phase) + 0.009 * cos (5 * turn);
  guint64 h = hash (seed, event->index, SALT_SPEED);
  bool waits = h % 4 == 0;
  put (event, "{\"driver_id\":");
  put_code (event, cities[city].code, driver / CITIES);
  put (event, ",\"at\":");
  put_time (event, event->time);
  put (event, ",\"city\":\"");
  put (event, cities[city].name);
  put (event, "\",\"pos\":{\"lat\":");
  put_decimal (event, (int64_t) (lat * 1e5), 5);
  put (event, ",\"lon\":");
  put_decimal (event, (int64_t) (lon * 1e5), 5);
  put (event, "},\"speed_kmh\":");
  put_decimal (event, waits ? (int64_t) (h >> 8) % 10 : 120 + (int64_t) (h >> 8) % 210, 1);
  put (event, ",\"heading\":");
  put_int (event, (int64_t) (h >> 24) % 360);
  put (event, ",\"battery\":");
  put_int (event, 100 - (int64_t) (fmod (t / 360 + 100 * share (seed, driver, SALT_BATTERY), 85)));
  put (event, ",\"busy\":");
  put (event, waits ? "false}" : "true}");
}

static void
put_sensor (Event *event)
{
  guint64 seed = event->seed;
  int64_t box = event->index % BOXES;
  guint city = (guint) (box % CITIES);
  double t = (double) (event->time / TIDE_SECOND), noise = share (seed, event->index, SALT_NOISE) - 0.5;
  /* One box of the city that is hit warms up. */
  int64_t window = event->time / INCIDENT_WINDOW;
  bool hit = (int64_t) (hash (seed, window, SALT_WARM + 100) % (BOXES / CITIES)) == box / CITIES;
  double warm = hit ? incident (event, SALT_WARM, city) : 0;
  double day = sin ((fmod (t, 86400) - 32400) / 86400 * 6.283185307);
  double temperature = 4.2 + 0.9 * day + 0.5 * (share (seed, box, SALT_WARM) - 0.5) + 0.6 * noise + 9.5 * warm;
  put (event, "{\"box_id\":");
  put_code (event, "BOX", box);
  put (event, ",\"measured_at\":");
  put_time (event, event->time);
  put (event, ",\"city\":\"");
  put (event, cities[city].name);
  put (event, "\",\"temperature_c\":");
  put_decimal (event, (int64_t) (temperature * 100), 2);
  put (event, ",\"humidity\":");
  put_decimal (event, (int64_t) (560 + 80 * day + 60 * noise - 90 * warm), 1);
  put (event, ",\"battery_v\":");
  put_decimal (event, 420 - (int64_t) (fmod (t / 7200 + 80 * share (seed, box, SALT_BATTERY), 90)), 2);
  put (event, ",\"door_open\":");
  put (event, warm > 0.5 && noise > 0.2 ? "true}" : "false}");
}

/* Breaks an event in one of the ways that real ones are broken. */
static gsize
spoil (guint64 h, char *buffer, gsize len)
{
  static const char *const keys[] = { "\"amount\":", "\"duration_s\":", "\"temperature_c\":", "\"lat\":" };
  char *time = strstr (buffer, "_at\":\"");
  time = time != NULL ? time + 6 : strstr (buffer, "\"at\":\"") + 6;
  switch (h % 4)
    {
    case 0: /* cut off in the middle */
      return len * 2 / 3;
    case 1: /* a clock that is years ahead */
      time[0] = '9';
      return len;
    case 2: /* no time */
      time[0] = '\0';
      memset (time - 1, ' ', strcspn (time + 1, "\"") + 3);
      memcpy (time - 1, "null", 4);
      return len;
    default: /* text where a number belongs */
      for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
        {
          char *value = strstr (buffer, keys[i]);
          if (value == NULL)
            continue;
          value += strlen (keys[i]);
          gsize digits = strspn (value, "-0123456789.");
          memmove (value + 5, value + digits, len - (gsize) (value + digits - buffer));
          memcpy (value, "\"n/a\"", 5);
          return len + 5 - digits;
        }
      return len / 2;
    }
}

/* When it happened: shortly before it was sent, so that gaps are irregular; some are late. */
static TideTime
happened (guint64 seed, int64_t index, TideDemoPart part, TideTime sent)
{
  double gap = share (seed, index, SALT_GAP + 1000 * part);
  TideDuration before = (TideDuration) (gap * gap * (double) TIDE_SECOND);
  if (hash (seed, index, SALT_LATE + 1000 * part) % LATE_ONE_IN == 0)
    before = 10 * TIDE_SECOND + (TideDuration) (hash (seed, index, SALT_LATE_BY + 1000 * part) % 290000) * TIDE_MS;
  TideTime time = sent - before;
  return time - time % TIDE_MS;
}

gsize
tide_demo_event (guint64 seed, TideDemoPart part, int64_t index, TideTime sent, char buffer[TIDE_DEMO_EVENT_MAX])
{
  static void (*const writers[]) (Event *) = { put_order, put_payment, put_position, put_delivery, put_sensor };
  Event event = { seed, index, happened (seed, index, part, sent), buffer };
  G_STATIC_ASSERT (G_N_ELEMENTS (writers) == TIDE_DEMO_N_PARTS);
  writers[part](&event);
  *event.out = '\0';
  gsize len = (gsize) (event.out - buffer);
  g_assert (len < TIDE_DEMO_EVENT_MAX);
  guint64 broken = hash (seed, index, SALT_BROKEN + 1000 * part);
  return broken % BROKEN_ONE_IN == 0 ? spoil (broken >> 16, buffer, len) : len;
}
