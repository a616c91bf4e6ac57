SELECT
  category,
  SUM(amount) AS revenue,
  COUNT(*) AS orders_n
FROM (
  SELECT DISTINCT
    products.category,
    orders.order_id AS orders_order_id,
    orders.amount
  FROM orders
  JOIN order_lines
    ON orders.order_id = order_lines.order_id
  JOIN products
    ON order_lines.product_id = products.product_id
) AS counted
GROUP BY
  category
