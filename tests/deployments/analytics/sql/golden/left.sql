SELECT
  stores.region,
  SUM(orders.amount) AS revenue
FROM orders
LEFT JOIN stores
  ON orders.store_id = stores.store_id
GROUP BY
  stores.region
