SELECT products.name, (SELECT COUNT(*) FROM tags WHERE EXISTS(SELECT 1 FROM product_tags WHERE product_tags.tag_id = tags.tag_id AND product_tags.product_id = products.product_id)) AS n FROM products
