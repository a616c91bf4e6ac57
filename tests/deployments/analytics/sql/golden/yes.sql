SELECT EXISTS(SELECT 1 FROM orders JOIN customers ON orders.customer_id = customers.customer_id WHERE customers.name = 'Bo') AS answer
