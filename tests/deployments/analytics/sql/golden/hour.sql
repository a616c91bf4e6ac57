SELECT DATE_TRUNC('hour', visited_at) AS hour, COUNT(*) AS n FROM visits GROUP BY DATE_TRUNC('hour', visited_at)
