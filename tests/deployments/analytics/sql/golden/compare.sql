SELECT
  customers.country,
  SUM(orders.amount) FILTER (WHERE orders.order_date >= DATE '2026-01-01' AND orders.order_date < DATE '2027-01-01') AS revenue,
  SUM(orders.amount) FILTER (WHERE orders.order_date >= DATE '2025-01-01' AND orders.order_date < DATE '2026-01-01') AS revenue_previous,
  (
    SUM(orders.amount) FILTER (WHERE orders.order_date >= DATE '2026-01-01' AND orders.order_date < DATE '2027-01-01') - SUM(orders.amount) FILTER (WHERE orders.order_date >= DATE '2025-01-01' AND orders.order_date < DATE '2026-01-01')
  ) / NULLIF(
    SUM(orders.amount) FILTER (WHERE orders.order_date >= DATE '2025-01-01' AND orders.order_date < DATE '2026-01-01'),
    0
  ) AS revenue_change
FROM orders
JOIN customers
  ON orders.customer_id = customers.customer_id
WHERE
  (
    (
      orders.order_date >= DATE '2026-01-01' AND orders.order_date < DATE '2027-01-01'
    )
    OR (
      orders.order_date >= DATE '2025-01-01' AND orders.order_date < DATE '2026-01-01'
    )
  )
GROUP BY
  customers.country
