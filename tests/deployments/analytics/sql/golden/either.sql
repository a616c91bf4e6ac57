SELECT customers.name FROM customers WHERE (customers.country = 'FR' OR EXISTS(SELECT 1 FROM orders WHERE orders.customer_id = customers.customer_id AND orders.amount > 300)) ORDER BY name
