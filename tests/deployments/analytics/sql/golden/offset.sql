SELECT order_id FROM orders ORDER BY amount DESC, order_id LIMIT 2 OFFSET 1
