WITH orders_totals AS (
  SELECT
    customers.country,
    COUNT(*) FILTER (WHERE orders.paid) AS count,
    AVG(CAST(orders.paid AS INT)) AS avg_paid
  FROM orders
  JOIN customers
    ON orders.customer_id = customers.customer_id
  GROUP BY
    customers.country
), order_lines_totals AS (
  SELECT
    customers.country,
    COUNT(DISTINCT products.category) AS count_distinct_category
  FROM order_lines
  JOIN orders
    ON order_lines.order_id = orders.order_id
  JOIN customers
    ON orders.customer_id = customers.customer_id
  JOIN products
    ON order_lines.product_id = products.product_id
  GROUP BY
    customers.country
)
SELECT
  COALESCE(orders_totals.country, order_lines_totals.country) AS country,
  COALESCE(orders_totals.count, 0) AS paid,
  orders_totals.avg_paid AS rate,
  COALESCE(order_lines_totals.count_distinct_category, 0) AS cats
FROM orders_totals
FULL JOIN order_lines_totals
  ON orders_totals.country IS NOT DISTINCT FROM order_lines_totals.country
