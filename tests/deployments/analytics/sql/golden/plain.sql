SELECT status, SUM(amount) AS revenue FROM orders WHERE order_date >= DATE '2025-01-01' AND order_date < DATE '2026-01-01' GROUP BY status ORDER BY revenue DESC LIMIT 10
