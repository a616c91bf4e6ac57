WITH calculated AS (
  SELECT
    customers.country,
    SUM(orders.amount) AS revenue,
    SUM(orders.amount) / NULLIF(SUM(SUM(orders.amount)) OVER (), 0) AS revenue_share,
    SUM(orders.amount) AS sum_value,
    COUNT(*) AS count_value
  FROM orders
  JOIN customers
    ON orders.customer_id = customers.customer_id
  GROUP BY
    customers.country
)
SELECT
  country,
  revenue,
  revenue_share
FROM calculated
WHERE
  count_value > 1
ORDER BY
  revenue DESC
