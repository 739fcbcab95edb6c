-- The slowest hours of each city: where a courier more would help.
SELECT
  city,
  strftime('%Y-%m-%d %H:00', _time / 1000000, 'unixepoch') AS hour,
  count(*)                                                 AS deliveries,
  round(avg(duration_s) / 60, 1)                           AS minutes
FROM deliveries
GROUP BY city, hour
HAVING count(*) >= 5
ORDER BY minutes DESC
LIMIT 100;
