SELECT COUNT(*) AS orders_n FROM orders WHERE (status = 'shipped' AND paid) IS NOT TRUE
