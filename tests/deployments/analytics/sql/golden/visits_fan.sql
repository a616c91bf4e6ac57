SELECT
  status,
  COUNT(*) AS n
FROM (
  SELECT DISTINCT
    orders.status,
    visits.row_number AS visits_row_number
  FROM (
    SELECT
      *,
      ROW_NUMBER() OVER () AS row_number
    FROM visits
  ) AS visits
  JOIN customers
    ON visits.customer_id = customers.customer_id
  JOIN orders
    ON customers.customer_id = orders.customer_id
) AS counted
GROUP BY
  status
