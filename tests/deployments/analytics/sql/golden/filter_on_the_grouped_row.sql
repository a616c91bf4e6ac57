SELECT
  products.category,
  COUNT(DISTINCT orders.order_id) AS orders_n
FROM orders
JOIN order_lines
  ON orders.order_id = order_lines.order_id
JOIN products
  ON order_lines.product_id = products.product_id
WHERE
  products.category = 'Light'
GROUP BY
  products.category
