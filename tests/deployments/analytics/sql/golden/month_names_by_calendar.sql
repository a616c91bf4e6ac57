SELECT MONTHNAME(returned_at) AS month, SUM(refund) AS refunds FROM returns GROUP BY MONTHNAME(returned_at), MONTH(returned_at) ORDER BY MONTH(returned_at)
