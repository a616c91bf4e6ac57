WITH returns_totals AS (
  SELECT
    CAST(DATE_TRUNC('month', orders.order_date) AS DATE) AS month,
    COUNT(*) AS count
  FROM returns
  JOIN orders
    ON returns.order_id = orders.order_id
  GROUP BY
    CAST(DATE_TRUNC('month', orders.order_date) AS DATE)
), orders_totals AS (
  SELECT
    CAST(DATE_TRUNC('month', order_date) AS DATE) AS month,
    COUNT(*) AS count
  FROM orders
  GROUP BY
    CAST(DATE_TRUNC('month', order_date) AS DATE)
)
SELECT
  COALESCE(returns_totals.month, orders_totals.month) AS month,
  COALESCE(returns_totals.count, 0) / NULLIF(COALESCE(orders_totals.count, 0), 0) AS return_rate
FROM returns_totals
FULL JOIN orders_totals
  ON returns_totals.month IS NOT DISTINCT FROM orders_totals.month
ORDER BY
  month
