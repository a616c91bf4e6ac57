SELECT
  customers.name
FROM orders
JOIN customers
  ON orders.customer_id = customers.customer_id
GROUP BY
  customers.name
HAVING
  COUNT(*) > 1
ORDER BY
  name
