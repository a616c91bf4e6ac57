WITH grouped AS (
  SELECT
    CAST(DATE_TRUNC('month', order_date) AS DATE) AS month,
    status,
    SUM(amount) AS sum_amount,
    AVG(amount) AS avg_amount
  FROM orders
  WHERE
    order_date >= DATE '2025-01-01' AND order_date < DATE '2026-01-01'
  GROUP BY
    CAST(DATE_TRUNC('month', order_date) AS DATE),
    status
), periods AS (
  SELECT
    CAST(UNNEST(
      GENERATE_SERIES(
        GREATEST(
          CAST(DATE_TRUNC('month', DATE '2025-01-01') AS DATE),
          (
            SELECT
              CAST(DATE_TRUNC('month', MIN(order_date)) AS DATE)
            FROM orders
          )
        ),
        DATE '2025-12-01',
        INTERVAL '1' MONTH
      )
    ) AS DATE) AS month
), series AS (
  SELECT DISTINCT
    status
  FROM grouped
)
SELECT
  periods.month,
  series.status,
  COALESCE(grouped.sum_amount, 0) AS revenue,
  grouped.avg_amount AS a
FROM periods
CROSS JOIN series
LEFT JOIN grouped
  ON grouped.status IS NOT DISTINCT FROM series.status AND grouped.month = periods.month
ORDER BY
  month
