SELECT name FROM products WHERE name ILIKE '%a%' AND (NOT CONTAINS(LOWER(name), LOWER('100%')) OR name IS NULL) AND (category NOT IN ('Light', 'Garden') OR category IS NULL) ORDER BY name
