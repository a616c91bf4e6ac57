SELECT customers.name FROM customers WHERE (SELECT COUNT(*) FROM orders WHERE orders.customer_id = customers.customer_id) > 1 ORDER BY name
