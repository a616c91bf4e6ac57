WITH returns_totals AS (
  SELECT
    COUNT(*) AS count
  FROM returns
), orders_totals AS (
  SELECT
    COUNT(*) AS count
  FROM orders
)
SELECT
  returns_totals.count / NULLIF(orders_totals.count, 0) AS return_rate
FROM returns_totals
CROSS JOIN orders_totals
