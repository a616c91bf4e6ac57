SELECT AVG((SELECT COUNT(*) FROM orders WHERE orders.customer_id = customers.customer_id)) AS n FROM customers
