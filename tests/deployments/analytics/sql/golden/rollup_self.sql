SELECT
  customers.name,
  (
    SELECT
      COUNT(*)
    FROM customers AS customers_2
    WHERE
      customers_2.referrer_id = customers.customer_id
  ) AS n,
  referrer.name AS referrer
FROM customers
LEFT JOIN customers AS referrer
  ON customers.referrer_id = referrer.customer_id
ORDER BY
  name
