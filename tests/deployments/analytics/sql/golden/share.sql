SELECT
  customers.country,
  SUM(orders.amount) AS revenue,
  SUM(orders.amount) / NULLIF(SUM(SUM(orders.amount)) OVER (), 0) AS revenue_share,
  RANK() OVER (ORDER BY SUM(orders.amount) DESC) AS rank
FROM orders
JOIN customers
  ON orders.customer_id = customers.customer_id
GROUP BY
  customers.country
ORDER BY
  revenue_share DESC
