-- Revenue and basket by city, of delivered orders.
SELECT
  city,
  count(*)              AS orders,
  round(sum(amount), 2) AS revenue,
  round(avg(amount), 2) AS basket
FROM orders
WHERE status = 'delivered'
GROUP BY city
ORDER BY revenue DESC;
