SELECT name, DATE_SUB('year', signed_up, DATE '2026-03-10') AS age FROM customers ORDER BY signed_up DESC
