SELECT
  COUNT(*) AS orders_n
FROM orders
LEFT JOIN stores
  ON orders.store_id = stores.store_id
WHERE
  stores.region IS DISTINCT FROM 'N'
