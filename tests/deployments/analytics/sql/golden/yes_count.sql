SELECT
  COUNT(*) > 0 AS answer
FROM orders
JOIN customers
  ON orders.customer_id = customers.customer_id
WHERE
  customers.name = 'Zed'
