WITH orders_totals AS (
  SELECT
    customers.country,
    SUM(orders.amount) AS sum_amount
  FROM orders
  JOIN customers
    ON orders.customer_id = customers.customer_id
  GROUP BY
    customers.country
), returns_totals AS (
  SELECT
    customers.country,
    COUNT(*) AS count
  FROM returns
  JOIN orders
    ON returns.order_id = orders.order_id
  JOIN customers
    ON orders.customer_id = customers.customer_id
  GROUP BY
    customers.country
)
SELECT
  COALESCE(orders_totals.country, returns_totals.country) AS country,
  orders_totals.sum_amount AS revenue,
  COALESCE(returns_totals.count, 0) AS returns_n
FROM orders_totals
FULL JOIN returns_totals
  ON orders_totals.country IS NOT DISTINCT FROM returns_totals.country
