SELECT name FROM products WHERE name LIKE '%a%' AND (NOT CONTAINS(name, '100%') OR name IS NULL) AND (category NOT IN ('Light', 'Garden') OR category IS NULL)
