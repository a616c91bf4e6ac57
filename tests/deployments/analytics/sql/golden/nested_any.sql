SELECT order_id FROM orders WHERE amount > (SELECT MAX(amount) FROM (SELECT amount FROM orders WHERE status = 'open') AS several)
