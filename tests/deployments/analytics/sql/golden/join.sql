SELECT
  customers.country,
  SUM(orders.amount) AS revenue,
  COUNT(*) AS orders_n
FROM orders
JOIN customers
  ON orders.customer_id = customers.customer_id
WHERE
  customers.active = 'Y'
GROUP BY
  customers.country
