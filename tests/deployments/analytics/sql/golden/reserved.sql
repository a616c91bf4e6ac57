SELECT "order", SUM((quantity * unit_price)) AS "select" FROM order_lines GROUP BY "order"
