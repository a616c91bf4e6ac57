SELECT FLOOR(amount / 100) * 100 AS bin, COUNT(*) AS orders_n FROM orders GROUP BY FLOOR(amount / 100) * 100
