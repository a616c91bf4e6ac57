SELECT
  SUM(orders.amount) AS revenue
FROM orders
JOIN stores
  ON orders.store_id = stores.store_id
WHERE
  stores.region = 'N'
