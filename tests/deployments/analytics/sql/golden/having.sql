SELECT
  customers.name,
  SUM(orders.amount) AS revenue
FROM orders
JOIN customers
  ON orders.customer_id = customers.customer_id
GROUP BY
  customers.name
HAVING
  COUNT(*) > 1
