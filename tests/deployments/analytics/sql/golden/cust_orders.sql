WITH orders_totals AS (
  SELECT
    customers.country,
    SUM(orders.amount) AS sum_amount
  FROM orders
  JOIN customers
    ON orders.customer_id = customers.customer_id
  GROUP BY
    customers.country
), customers_totals AS (
  SELECT
    country,
    COUNT(*) AS count
  FROM customers
  GROUP BY
    country
)
SELECT
  COALESCE(orders_totals.country, customers_totals.country) AS country,
  orders_totals.sum_amount / NULLIF(COALESCE(customers_totals.count, 0), 0) AS per_customer
FROM orders_totals
FULL JOIN customers_totals
  ON orders_totals.country IS NOT DISTINCT FROM customers_totals.country
