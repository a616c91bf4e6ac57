-- The demo company. Variables: today DATE, scale DOUBLE. Everything random is a hash of a row's number and a salt.

CREATE OR REPLACE MACRO roll(n, salt) AS (hash(n, salt) % 1000003) / 1000003.0;
CREATE OR REPLACE MACRO pick(list, n, salt) AS list[1 + CAST(floor(roll(n, salt) * len(list)) AS INTEGER)];

SET VARIABLE first_day = CAST(getvariable('today') - INTERVAL 3 YEAR + INTERVAL 1 DAY AS DATE);
SET VARIABLE slump_start = date_trunc('quarter', getvariable('today')) - INTERVAL 3 MONTH;
SET VARIABLE slump_end = date_trunc('quarter', getvariable('today'));
SET VARIABLE bad_week = date_trunc('week', getvariable('today')) - INTERVAL 15 WEEK;
SET VARIABLE left_on = date_trunc('month', getvariable('today')) - INTERVAL 5 MONTH;

CREATE TEMP TABLE place (country VARCHAR, region VARCHAR, weight DOUBLE, cities VARCHAR[], domain VARCHAR);
INSERT INTO place VALUES
  ('United States', 'North America', 0.34, ['New York', 'Chicago', 'Austin', 'Seattle', 'Denver', 'Boston'], 'com'),
  ('United Kingdom', 'Europe', 0.52, ['London', 'Manchester', 'Bristol', 'Edinburgh'], 'co.uk'),
  ('Germany', 'Europe', 0.65, ['Berlin', 'Munich', 'Hamburg', 'Cologne'], 'de'),
  ('France', 'Europe', 0.75, ['Paris', 'Lyon', 'Marseille', 'Bordeaux'], 'fr'),
  ('Canada', 'North America', 0.82, ['Toronto', 'Vancouver', 'Montreal'], 'ca'),
  ('Australia', 'Asia Pacific', 0.88, ['Sydney', 'Melbourne', 'Perth'], 'com.au'),
  ('Japan', 'Asia Pacific', 0.93, ['Tokyo', 'Osaka', 'Kyoto'], 'jp'),
  ('Spain', 'Europe', 0.97, ['Madrid', 'Barcelona', 'Valencia'], 'es'),
  ('Netherlands', 'Europe', 1.01, ['Amsterdam', 'Rotterdam', 'Utrecht'], 'nl');

CREATE TABLE stores (
  store_id INTEGER PRIMARY KEY, store_name VARCHAR NOT NULL, city VARCHAR NOT NULL, country VARCHAR NOT NULL,
  region VARCHAR NOT NULL, opened_on DATE NOT NULL
);
INSERT INTO stores
SELECT
  row_number() OVER (ORDER BY rank, weight), city || ' ' || ['Central', 'Riverside', 'Market Hall'][rank], city, country,
  region, CAST(getvariable('first_day') - to_days(200 + CAST(floor(roll(city, 'opened') * 3200) AS INTEGER)) AS DATE)
FROM (SELECT country, region, weight, city, rank FROM place, unnest(cities[1:3]) WITH ORDINALITY AS shop(city, rank))
ORDER BY rank, weight;
INSERT INTO stores
SELECT max(store_id) + 1, 'Lisbon Harbour', 'Lisbon', 'Portugal', 'Europe', getvariable('today') - 9 FROM stores;

CREATE TABLE products (
  product_id INTEGER PRIMARY KEY, product_name VARCHAR NOT NULL, category VARCHAR NOT NULL, brand VARCHAR NOT NULL,
  unit_price DECIMAL(10, 2) NOT NULL, cost DECIMAL(10, 2) NOT NULL
);
CREATE TEMP TABLE range_of_goods (category VARCHAR, typical DOUBLE, things VARCHAR[]);
INSERT INTO range_of_goods VALUES
  ('Footwear', 85, ['Trail Shoe', 'Running Shoe', 'Leather Boot', 'Canvas Sneaker', 'Sandal', 'Rain Boot', 'Hiking Boot', 'Slipper', 'Loafer', 'Court Shoe', 'Winter Boot', 'Clog', 'Ankle Boot', 'Climbing Shoe']),
  ('Clothing', 55, ['Rain Jacket', 'Fleece Pullover', 'Cotton Shirt', 'Denim Jeans', 'Wool Sweater', 'Down Vest', 'Linen Dress', 'Chino Trousers', 'Base Layer', 'Polo Shirt', 'Cardigan', 'Parka', 'Swim Shorts', 'Hooded Sweatshirt', 'Blazer']),
  ('Electronics', 190, ['Wireless Headphones', 'Smart Watch', 'Tablet', 'Bluetooth Speaker', 'Action Camera', 'E-Reader', 'Power Bank', 'Desk Monitor', 'Mechanical Keyboard', 'Webcam', 'Home Router', 'Fitness Tracker', 'Soundbar', 'Projector']),
  ('Home & Kitchen', 60, ['Coffee Maker', 'Chef Knife', 'Cast Iron Pan', 'Electric Kettle', 'Toaster', 'Blender', 'Dinner Set', 'Storage Box', 'Table Lamp', 'Wool Rug', 'Cushion', 'Espresso Machine', 'Stand Mixer', 'Rice Cooker', 'Mirror']),
  ('Sports', 75, ['Yoga Mat', 'Dumbbell Set', 'Tennis Racket', 'Football', 'Cycling Helmet', 'Road Bike', 'Camping Tent', 'Sleeping Bag', 'Backpack', 'Kayak Paddle', 'Ski Goggles', 'Rowing Machine', 'Skipping Rope', 'Golf Glove']),
  ('Beauty', 28, ['Face Cream', 'Shampoo', 'Hand Soap', 'Perfume', 'Body Lotion', 'Sunscreen', 'Lip Balm', 'Hair Dryer', 'Nail Kit', 'Shaving Set', 'Bath Oil', 'Face Mask', 'Deodorant']),
  ('Toys', 34, ['Wooden Train', 'Building Blocks', 'Puzzle', 'Board Game', 'Plush Bear', 'Science Kit', 'Toy Drone', 'Doll House', 'Paint Set', 'Kite', 'Marble Run', 'Card Game', 'Balance Bike', 'Play Tent']),
  ('Office', 42, ['Notebook', 'Fountain Pen', 'Desk Organizer', 'Office Chair', 'Whiteboard', 'Paper Shredder', 'Label Printer', 'Filing Cabinet', 'Desk Lamp', 'Standing Desk', 'Planner', 'Marker Set', 'Laptop Stand', 'Stapler']);
INSERT INTO products
SELECT
  product_id, brand || ' ' || thing, category, brand, price,
  CAST(round(price * (0.42 + 0.3 * roll(product_id, 'cost')), 2) AS DECIMAL(10, 2))
FROM (
  SELECT
    row_number() OVER (ORDER BY place, typical, thing) AS product_id, thing, category,
    pick(['Northpeak', 'Solara', 'Kestrel', 'Umbra', 'Juno', 'Halden', 'Oakline', 'Brio', 'Tessel', 'Verano', 'Lumen', 'Marlow'], thing, 'brand') AS brand,
    CAST(floor(typical * (0.35 + 1.5 * pow(roll(thing, 'price'), 2))) + 0.99 AS DECIMAL(10, 2)) AS price
  FROM range_of_goods, unnest(things) WITH ORDINALITY AS goods(thing, place)
)
ORDER BY product_id;

CREATE TABLE customers (
  customer_id INTEGER PRIMARY KEY, customer_name VARCHAR NOT NULL, email VARCHAR NOT NULL, segment VARCHAR NOT NULL,
  country VARCHAR NOT NULL, city VARCHAR NOT NULL, signed_up_on DATE NOT NULL
);
CREATE TEMP TABLE person AS
SELECT 600 + row_number() OVER (ORDER BY hash(given, family, 'person')) AS number, given || ' ' || family AS name
FROM
  unnest(['Olivia', 'Liam', 'Emma', 'Noah', 'Ava', 'Lucas', 'Mia', 'Ethan', 'Sofia', 'Leon', 'Hannah', 'Felix', 'Clara', 'Hugo', 'Chloe', 'Louis', 'Yuki', 'Haruto', 'Sakura', 'Ren', 'Isabel', 'Diego', 'Carmen', 'Javier', 'Anna', 'Daan', 'Sanne', 'Bram', 'Grace', 'Oscar', 'Ruby', 'Jack', 'Amelia', 'George', 'Freya', 'Arthur', 'Nora', 'Elias', 'Ines', 'Mateo', 'Alice', 'Samuel', 'Zoe', 'Adam', 'Lena', 'Jonas']) AS g(given),
  unnest(['Martin', 'Smith', 'Müller', 'Dubois', 'Tanaka', 'García', 'de Vries', 'Johnson', 'Schmidt', 'Moreau', 'Sato', 'López', 'Jansen', 'Brown', 'Fischer', 'Laurent', 'Suzuki', 'Sánchez', 'Bakker', 'Wilson', 'Weber', 'Girard', 'Ito', 'Romero', 'Visser', 'Taylor', 'Wagner', 'Bonnet', 'Mori', 'Torres', 'Evans', 'Becker', 'Fontaine', 'Clarke', 'Hughes', 'Campbell', 'Tremblay', 'Murphy', 'Kelly', 'Reid', 'Novak', 'Meyer', 'Lambert', 'Cooper', 'Vega']) AS f(family);
CREATE TEMP TABLE company AS
SELECT row_number() OVER (ORDER BY major, minor) AS number, name || ' ' || suffix AS name
FROM
  unnest(['Acme', 'Beta', 'Globex', 'Initech', 'Zenith', 'Delta', 'Orion', 'Vertex', 'Summit', 'Nimbus', 'Pioneer', 'Atlas', 'Quantum', 'Evergreen', 'Bluewater', 'Redwood', 'Silverline', 'Ironbridge', 'Lakeside', 'Highland', 'Meridian', 'Cobalt', 'Falcon', 'Harbor', 'Keystone', 'Liberty', 'Maple', 'Nova', 'Oasis', 'Pinnacle', 'Quarry', 'Ridge', 'Sterling', 'Trident', 'Union', 'Vanguard', 'Westfield', 'Yellowstone', 'Amber', 'Birch', 'Crescent', 'Dawn', 'Ember', 'Fjord', 'Granite', 'Horizon', 'Ivory', 'Juniper', 'Kingsway', 'Lotus', 'Marble', 'Northgate', 'Opal', 'Prairie', 'Quill', 'Rosewood', 'Sapphire', 'Tundra', 'Unity', 'Violet']) WITH ORDINALITY AS n(name, minor),
  unnest(['Inc', 'Corp', 'Ltd', 'Group', 'Partners', 'Foods', 'Logistics', 'Studios', 'Hotels', 'Schools']) WITH ORDINALITY AS s(suffix, place),
  LATERAL (SELECT (place - minor + 60) % 10 AS major);
-- Acme Inc, Beta Corp and the rest of the first diagonal are the largest accounts.
CREATE TEMP TABLE account AS
SELECT number, name, number <= 600 AS is_company FROM company UNION ALL
SELECT number, name, false FROM person WHERE number <= 2400;
INSERT INTO customers
SELECT
  number, name,
  CASE WHEN is_company THEN 'orders@' || regexp_replace(lower(name), '[^a-z]', '', 'g') || '.' || domain
       ELSE replace(regexp_replace(lower(strip_accents(name)), '[^a-z ]', '', 'g'), ' ', '.') || '@mail.' || domain END,
  CASE WHEN NOT is_company THEN 'Consumer' WHEN number <= 60 THEN 'Enterprise' ELSE 'Small Business' END,
  country, pick(cities, number, 'city'),
  CAST(getvariable('first_day') + to_days(CAST(floor(CASE
    WHEN number <= 12 OR roll(number, 'old') < 0.4 THEN -900 * roll(number, 'signed') ELSE 1094 * roll(number, 'signed')
  END) AS INTEGER)) AS DATE)
FROM account, place
WHERE roll(number, 'country') < weight
QUALIFY row_number() OVER (PARTITION BY number ORDER BY weight) = 1
ORDER BY number;

CREATE TABLE employees (
  employee_id INTEGER PRIMARY KEY, employee_name VARCHAR NOT NULL, title VARCHAR NOT NULL, store_id INTEGER REFERENCES stores (store_id),
  manager_id INTEGER, hired_on DATE NOT NULL, salary DECIMAL(10, 2) NOT NULL
);
CREATE TEMP TABLE post AS
SELECT *, row_number() OVER (ORDER BY level, store_id NULLS FIRST, place) AS employee_id
FROM (
  SELECT 1 AS level, 'Chief Executive' AS title, NULL AS store_id, 1 AS place, NULL AS region
  UNION ALL SELECT 2, 'Regional Director', NULL, row_number() OVER (ORDER BY region), region FROM (SELECT DISTINCT region FROM stores)
  UNION ALL SELECT 3, 'Store Manager', store_id, 1, region FROM stores
  UNION ALL
  SELECT 4, CASE WHEN place = 1 THEN 'Senior Sales Associate' WHEN place = 5 THEN 'Stock Clerk' ELSE 'Sales Associate' END,
         store_id, place, region
  FROM stores, range(1, 6) AS r(place)
);
INSERT INTO employees
SELECT
  post.employee_id, person.name, post.title, post.store_id, boss.employee_id,
  CAST(greatest(coalesce(stores.opened_on, DATE '2012-03-01'), getvariable('first_day') - INTERVAL 6 YEAR)
    + to_days(CAST(floor(roll(post.employee_id, 'hired') * CASE WHEN stores.opened_on > getvariable('today') - 30 THEN 8 ELSE 700 END) AS INTEGER)) AS DATE),
  CAST(round([210000, 125000, 68000, 38000][post.level] * (0.85 + 0.4 * roll(post.employee_id, 'salary')), -2) AS DECIMAL(10, 2))
FROM post
JOIN person ON person.number = 2400 + post.employee_id
LEFT JOIN stores ON stores.store_id = post.store_id
LEFT JOIN post AS boss ON boss.level = post.level - 1
  AND (post.level = 2 OR (post.level = 3 AND boss.region = post.region) OR (post.level = 4 AND boss.store_id = post.store_id))
ORDER BY post.employee_id;

-- How many orders a day takes: growth, the months, the days of the week, chance, and the bad week.
CREATE TEMP TABLE order_draft AS
WITH days AS (
  SELECT CAST(day AS DATE) AS day FROM generate_series(getvariable('first_day'), getvariable('today'), INTERVAL 1 DAY) AS g(day)
), volume AS (
  SELECT
    day,
    CAST(round(
      85 * getvariable('scale')
      * pow(1.15, date_diff('day', getvariable('first_day'), day) / 365.25)
      * [0.88, 0.84, 0.93, 0.96, 1.00, 1.02, 0.95, 0.93, 1.00, 1.06, 1.32, 1.55][month(day)]
      * [0.92, 0.90, 0.95, 1.00, 1.16, 1.24, 0.83][isodow(day)]
      * (0.9 + 0.2 * roll(day, 'volume'))
      * CASE WHEN date_trunc('week', day) = getvariable('bad_week') THEN 0.28 ELSE 1 END
    ) AS INTEGER) AS orders
  FROM days
), numbered AS (
  SELECT row_number() OVER (ORDER BY day, place) AS draft_id, day FROM volume, unnest(range(orders)) AS o(place)
), wanted AS (
  -- A few accounts order often and most order seldom; the last sixty customers have not ordered at all.
  SELECT draft_id, day, 1 + CAST(floor(2340 * pow(roll(draft_id, 'who'), 2.2)) AS INTEGER) AS customer_id FROM numbered
), regulars AS (
  SELECT list(customer_id ORDER BY customer_id) AS ids FROM customers
  WHERE signed_up_on <= getvariable('first_day') AND customer_id NOT IN (1, 4) AND customer_id <= 2340
)
SELECT
  draft_id, day,
  CASE WHEN c.signed_up_on > day OR (c.customer_id = 4 AND day >= getvariable('left_on')) THEN
    ids[1 + CAST(floor(len(ids) * pow(roll(draft_id, 'instead'), 1.6)) AS INTEGER)]
  ELSE c.customer_id END AS customer_id
FROM wanted JOIN customers AS c USING (customer_id), regulars;

CREATE TEMP TABLE shop AS
SELECT country, list(store_id ORDER BY store_id) AS store_ids FROM stores WHERE store_name <> 'Lisbon Harbour' GROUP BY country;
CREATE TEMP TABLE seller AS
SELECT store_id, list(employee_id ORDER BY employee_id) AS employee_ids FROM employees WHERE title LIKE '%Sales%' GROUP BY store_id;
CREATE TEMP TABLE placed AS
SELECT
  draft_id, day, customer_id, customer_name, segment, region, o.store_id, channel,
  CASE WHEN channel <> 'Online' THEN pick(employee_ids, draft_id, 'seller') END AS employee_id,
  CASE
    WHEN roll(draft_id, 'status') < 0.04 THEN 'cancelled'
    WHEN day > getvariable('today') - 3 THEN 'pending'
    WHEN day > getvariable('today') - 10 AND roll(draft_id, 'slow') < 0.8 THEN 'shipped'
    ELSE 'completed'
  END AS status
FROM (
  SELECT
    draft_id, day, c.customer_id, c.customer_name, c.segment, pick(store_ids, draft_id, 'store') AS store_id,
    CASE WHEN c.segment = 'Consumer' THEN pick(['Online', 'In store'], draft_id, 'channel')
         ELSE pick(['Online', 'Online', 'Phone', 'In store'], draft_id, 'channel') END AS channel
  FROM order_draft JOIN customers AS c USING (customer_id) JOIN shop USING (country)
) AS o JOIN stores USING (store_id) JOIN seller USING (store_id);

CREATE TEMP TABLE catalogue AS
SELECT list(product_id ORDER BY hash(product_name, 'popularity')) AS ids FROM products WHERE hash(product_name, 'popularity') NOT IN (
  SELECT hash(product_name, 'popularity') FROM products ORDER BY 1 DESC LIMIT 5
);
CREATE TEMP TABLE toys AS SELECT list(product_id ORDER BY product_id) AS ids FROM products SEMI JOIN (SELECT unnest(ids) AS product_id FROM catalogue) USING (product_id) WHERE category = 'Toys';
CREATE TEMP TABLE line_draft AS
WITH lines AS (
  SELECT draft_id, day, segment, region, place, 10 * draft_id + place AS n
  FROM placed, unnest(range(pick([1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6], draft_id, 'lines'))) AS l(place)
), chosen AS (
  SELECT
    draft_id, day, segment, region, place, n,
    CASE WHEN month(day) >= 11 AND roll(n, 'gift') < 0.12 THEN pick(toys.ids, n, 'toy')
         ELSE catalogue.ids[1 + CAST(floor(len(catalogue.ids) * pow(roll(n, 'product'), 1.35)) AS INTEGER)] END AS product_id
  FROM lines, catalogue, toys
)
SELECT
  draft_id, place, n, product_id, unit_price,
  CASE segment
    WHEN 'Consumer' THEN 1 + CAST(floor(2.3 * pow(roll(n, 'quantity'), 2)) AS INTEGER)
    WHEN 'Small Business' THEN 1 + CAST(floor(9 * pow(roll(n, 'quantity'), 2)) AS INTEGER)
    ELSE 2 + CAST(floor(20 * pow(roll(n, 'quantity'), 1.6)) AS INTEGER)
  END AS quantity,
  CAST(CASE WHEN month(day) = 11 AND day(day) >= 22 THEN pick([0.1, 0.15, 0.2, 0.25], n, 'discount')
       ELSE pick([0, 0, 0, 0, 0, 0, 0.05, 0.1, 0.15, 0.2], n, 'discount') END AS DECIMAL(4, 2)) AS discount
FROM chosen JOIN products USING (product_id)
WHERE NOT (
  category = 'Footwear' AND region = 'Europe' AND day >= getvariable('slump_start') AND day < getvariable('slump_end')
  AND roll(n, 'slump') < 0.66
);

CREATE TEMP TABLE renumbered AS
SELECT draft_id, CAST(row_number() OVER (ORDER BY draft_id) + 10000 AS INTEGER) AS order_id, amount
FROM (
  SELECT draft_id, sum(CAST(round(quantity * unit_price * (1 - discount), 2) AS DECIMAL(12, 2))) AS amount FROM line_draft GROUP BY draft_id
);
CREATE TABLE orders (
  order_id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (customer_id), customer_name VARCHAR NOT NULL,
  store_id INTEGER NOT NULL REFERENCES stores (store_id), employee_id INTEGER REFERENCES employees (employee_id),
  order_date DATE NOT NULL, status VARCHAR NOT NULL, channel VARCHAR NOT NULL, amount DECIMAL(12, 2) NOT NULL
);
INSERT INTO orders
SELECT order_id, customer_id, customer_name, store_id, employee_id, day, status, channel, CAST(amount AS DECIMAL(12, 2))
FROM renumbered JOIN placed USING (draft_id) ORDER BY order_id;

CREATE TABLE order_lines (
  order_line_id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders (order_id),
  product_id INTEGER NOT NULL REFERENCES products (product_id), quantity INTEGER NOT NULL, unit_price DECIMAL(10, 2) NOT NULL,
  discount DECIMAL(4, 2) NOT NULL, amount DECIMAL(12, 2) NOT NULL
);
INSERT INTO order_lines
SELECT
  row_number() OVER (ORDER BY n), order_id, product_id, quantity, unit_price, discount,
  CAST(round(quantity * unit_price * (1 - discount), 2) AS DECIMAL(12, 2))
FROM line_draft JOIN renumbered USING (draft_id) ORDER BY n;

CREATE TABLE returns (
  return_id INTEGER PRIMARY KEY, order_line_id INTEGER NOT NULL REFERENCES order_lines (order_line_id),
  returned_on DATE NOT NULL, reason VARCHAR NOT NULL, quantity INTEGER NOT NULL, refund_amount DECIMAL(12, 2) NOT NULL
);
INSERT INTO returns
SELECT row_number() OVER (ORDER BY returned_on, order_line_id), order_line_id, returned_on, reason, given_back, refund
FROM (
  SELECT
    order_line_id, order_date + 3 + CAST(floor(26 * roll(order_line_id, 'returned')) AS INTEGER) AS returned_on,
    pick(['Damaged', 'Wrong size', 'Wrong size', 'Not as described', 'Changed mind', 'Changed mind', 'Arrived late'], order_line_id, 'reason') AS reason,
    1 + CAST(floor(l.quantity * 0.999 * roll(order_line_id, 'share')) AS INTEGER) AS given_back,
    CAST(round(l.amount * (1 + CAST(floor(l.quantity * 0.999 * roll(order_line_id, 'share')) AS INTEGER)) / l.quantity, 2) AS DECIMAL(12, 2)) AS refund
  FROM order_lines AS l JOIN orders USING (order_id) JOIN products USING (product_id)
  WHERE status = 'completed'
    AND roll(order_line_id, 'return') < CASE category WHEN 'Footwear' THEN 0.09 WHEN 'Clothing' THEN 0.08 WHEN 'Electronics' THEN 0.06 ELSE 0.035 END
)
WHERE returned_on <= getvariable('today')
ORDER BY 1;
