SELECT
  customers.country,
  customers.name,
  SUM(orders.amount) AS revenue
FROM orders
JOIN customers
  ON orders.customer_id = customers.customer_id
GROUP BY
  customers.country,
  customers.name,
  customers.customer_id
QUALIFY
  ROW_NUMBER() OVER (PARTITION BY customers.country ORDER BY SUM(orders.amount) DESC) <= 1
ORDER BY
  country,
  revenue DESC
