SELECT order_id FROM orders WHERE amount > (SELECT AVG(amount) AS average_amount FROM orders)
