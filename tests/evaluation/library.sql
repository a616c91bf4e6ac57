-- A small lending library: a bridge (book_authors), a role-free star (loans), a birth date, a year as a number.
CREATE TABLE authors (author_id INTEGER, name VARCHAR, country VARCHAR);
INSERT INTO authors VALUES (1, 'Ada Quill', 'Ireland'), (2, 'Ben Osei', 'Ghana'), (3, 'Carla Ruiz', 'Spain'), (4, 'Dmitri Volkov', 'Bulgaria'), (5, 'Eve Marsh', 'Ireland');
CREATE TABLE books (book_id INTEGER, title VARCHAR, genre VARCHAR, price DECIMAL(8, 2), published_year INTEGER);
INSERT INTO books SELECT i, ['River of Glass', 'The Quiet Engine', 'Maps for Sleepers', 'Winter Ledger', 'A Field Guide to Rain', 'Salt and Iron', 'The Ninth Door', 'Paper Lanterns', 'Northern Lights Café', 'Small Gods of Winter', 'The Copper Orchard', 'Letters to Nobody'][i],
  ['Novel', 'Science', 'Novel', 'History', 'Science', 'History', 'Crime', 'Novel', 'Crime', 'Novel', 'Crime', 'Poetry'][i], 8 + (i * 37 % 23) + 0.5, 1990 + i * 3 FROM range(1, 13) AS r(i);
CREATE TABLE book_authors (book_id INTEGER, author_id INTEGER);
INSERT INTO book_authors SELECT i, 1 + i % 4 FROM range(1, 13) AS r(i) UNION ALL SELECT i, 1 + (i + 1) % 4 FROM range(1, 13) AS r(i) WHERE i % 3 = 0;
CREATE TABLE members (member_id INTEGER, full_name VARCHAR, gender VARCHAR, birth_date DATE, city VARCHAR, joined_on DATE, is_active BOOLEAN);
INSERT INTO members SELECT i, ['Ana', 'Bo', 'Cem', 'Dia', 'Eli', 'Fay', 'Gus', 'Hal'][1 + i % 8] || ' ' || ['Stone', 'Reed', 'Field', 'Brook', 'Hill'][1 + i % 5], CASE WHEN i % 2 = 0 THEN 'F' ELSE 'M' END,
  DATE '1950-03-01' + CAST(i * 509 AS INTEGER), ['Galway', 'Cork', 'Limerick'][1 + i % 3], DATE '2022-01-15' + CAST(i * 31 AS INTEGER), i % 5 <> 0 FROM range(1, 41) AS r(i);
CREATE TABLE loans (loan_id INTEGER, member_id INTEGER, book_id INTEGER, loaned_on DATE, returned_on DATE, fine DECIMAL(6, 2));
INSERT INTO loans SELECT i, 1 + i * 7 % 36, 1 + i * 5 % 11, DATE '2024-01-03' + CAST(i * 3 AS INTEGER), CASE WHEN i % 9 = 0 THEN NULL ELSE DATE '2024-01-03' + CAST(i * 3 + 5 + i % 17 AS INTEGER) END, CASE WHEN i % 4 = 0 THEN (i % 7) * 0.5 ELSE 0 END FROM range(1, 291) AS r(i);
