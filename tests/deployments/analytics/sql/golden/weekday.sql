SELECT DAYNAME(order_date) AS weekday, COUNT(*) AS orders_n FROM orders GROUP BY DAYNAME(order_date), ISODOW(order_date) ORDER BY ISODOW(order_date)
