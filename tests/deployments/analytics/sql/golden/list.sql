SELECT
  customers.name,
  orders.amount,
  stores.name AS store
FROM orders
JOIN customers
  ON orders.customer_id = customers.customer_id
LEFT JOIN stores
  ON orders.store_id = stores.store_id
ORDER BY
  amount DESC,
  name
LIMIT 3
