SELECT
  customers.country
FROM orders
JOIN customers
  ON orders.customer_id = customers.customer_id
GROUP BY
  customers.country
ORDER BY
  MAX(orders.amount) DESC
