SELECT
  tags.label AS tag,
  COUNT(DISTINCT products.product_id) AS n
FROM products
JOIN product_tags
  ON products.product_id = product_tags.product_id
JOIN tags
  ON product_tags.tag_id = tags.tag_id
GROUP BY
  tags.label
