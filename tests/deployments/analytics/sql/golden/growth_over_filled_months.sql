WITH grouped AS (
  SELECT
    CAST(DATE_TRUNC('month', order_date) AS DATE) AS month,
    COUNT(*) AS count
  FROM orders
  GROUP BY
    CAST(DATE_TRUNC('month', order_date) AS DATE)
), periods AS (
  SELECT
    CAST(UNNEST(
      GENERATE_SERIES(
        (
          SELECT
            CAST(DATE_TRUNC('month', MIN(order_date)) AS DATE)
          FROM orders
        ),
        (
          SELECT
            CAST(DATE_TRUNC('month', MAX(order_date)) AS DATE)
          FROM orders
        ),
        INTERVAL '1' MONTH
      )
    ) AS DATE) AS month
)
SELECT
  periods.month,
  COALESCE(grouped.count, 0) AS orders_n,
  COALESCE(grouped.count, 0) - LAG(COALESCE(grouped.count, 0)) OVER (ORDER BY periods.month) AS orders_n_difference
FROM periods
LEFT JOIN grouped
  ON grouped.month = periods.month
ORDER BY
  month
