WITH orders_totals AS (
  SELECT
    SUM(amount) AS sum_amount
  FROM orders
  WHERE
    order_date >= DATE '2026-01-01' AND order_date < DATE '2026-02-01'
), visits_totals AS (
  SELECT
    SUM(1) AS sum
  FROM visits
  WHERE
    visited_at >= DATE '2026-01-01' AND visited_at < DATE '2026-02-01'
)
SELECT
  orders_totals.sum_amount AS revenue,
  visits_totals.sum AS visits
FROM orders_totals
CROSS JOIN visits_totals
