SELECT
  status,
  COUNT(*) AS orders_n
FROM orders
GROUP BY
  status
QUALIFY
  RANK() OVER (ORDER BY COUNT(*) DESC) <= 2
ORDER BY
  orders_n DESC
