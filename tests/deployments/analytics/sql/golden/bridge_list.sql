SELECT
  products.name,
  tags.label AS tag
FROM product_tags
JOIN products
  ON product_tags.product_id = products.product_id
JOIN tags
  ON product_tags.tag_id = tags.tag_id
ORDER BY
  name
