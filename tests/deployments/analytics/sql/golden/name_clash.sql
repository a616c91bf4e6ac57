SELECT status FROM orders GROUP BY status ORDER BY SUM(amount) DESC
