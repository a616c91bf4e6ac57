SELECT COUNT(*) AS n FROM customers WHERE NOT EXISTS(SELECT 1 FROM (SELECT customer_id AS c FROM orders) AS listed WHERE listed.c = customers.customer_id)
