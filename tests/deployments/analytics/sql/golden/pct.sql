SELECT QUANTILE_CONT(amount, 0.9) AS p90, MODE(status) AS m FROM orders
