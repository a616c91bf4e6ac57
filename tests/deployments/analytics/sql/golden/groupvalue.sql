SELECT products.name FROM products WHERE products.price > (SELECT AVG(products_2.price) FROM products AS products_2 WHERE products_2.category IS NOT DISTINCT FROM products.category) ORDER BY name
