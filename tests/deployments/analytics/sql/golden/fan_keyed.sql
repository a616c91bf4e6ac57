SELECT
  tags.label AS tag,
  AVG(products.price) AS p
FROM products
JOIN product_tags
  ON products.product_id = product_tags.product_id
JOIN tags
  ON product_tags.tag_id = tags.tag_id
GROUP BY
  tags.label,
  tags.tag_id
