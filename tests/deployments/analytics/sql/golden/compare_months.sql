WITH orders_totals AS (
  SELECT
    CAST(DATE_TRUNC('month', order_date) AS DATE) AS month,
    SUM(amount) AS sum_amount
  FROM orders
  WHERE
    order_date >= DATE '2026-01-01' AND order_date < DATE '2027-01-01'
  GROUP BY
    CAST(DATE_TRUNC('month', order_date) AS DATE)
), orders_previous AS (
  SELECT
    CAST(DATE_TRUNC('month', order_date + INTERVAL '12' MONTH) AS DATE) AS month,
    SUM(amount) AS sum_amount_previous
  FROM orders
  WHERE
    order_date >= DATE '2025-01-01' AND order_date < DATE '2026-01-01'
  GROUP BY
    CAST(DATE_TRUNC('month', order_date + INTERVAL '12' MONTH) AS DATE)
)
SELECT
  COALESCE(orders_totals.month, orders_previous.month) AS month,
  orders_totals.sum_amount AS revenue,
  orders_previous.sum_amount_previous AS revenue_previous,
  (
    orders_totals.sum_amount - orders_previous.sum_amount_previous
  ) / NULLIF(orders_previous.sum_amount_previous, 0) AS revenue_change
FROM orders_totals
FULL JOIN orders_previous
  ON orders_totals.month IS NOT DISTINCT FROM orders_previous.month
ORDER BY
  month
