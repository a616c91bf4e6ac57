SELECT order_id, line_number, product_id, quantity, (quantity * unit_price) AS total, "order" FROM order_lines LIMIT 2
