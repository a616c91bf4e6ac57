-- A chain of hotels: a star of bookings over rooms and hotels, payments and reviews beyond it, a bridge of amenities, dates of every kind.
CREATE TABLE hotels(hotel_id INTEGER PRIMARY KEY, name VARCHAR, city VARCHAR, country VARCHAR, stars INTEGER, opened_on DATE);
INSERT INTO hotels VALUES (1,'Seaview Palace','Lisbon','Portugal',5,'2001-05-01'),(2,'Harbour Inn','Porto','Portugal',3,'2012-03-15'),(3,'Alpine Lodge','Innsbruck','Austria',4,'1998-11-20'),(4,'City Loft','Vienna','Austria',4,'2019-02-01'),(5,'Garden Rest','Graz','Austria',3,'2015-07-10'),(6,'Old Mill','Bruges','Belgium',3,'2024-06-01'),(7,'Grand Central','Brussels','Belgium',5,'1985-01-01');
CREATE TABLE room_types(room_type_id INTEGER PRIMARY KEY, room_type VARCHAR, max_guests INTEGER);
INSERT INTO room_types VALUES (1,'Single',1),(2,'Double',2),(3,'Suite',4),(4,'Family',5);
CREATE TABLE rooms(room_id INTEGER PRIMARY KEY, hotel_id INTEGER REFERENCES hotels(hotel_id), room_type_id INTEGER REFERENCES room_types(room_type_id), nightly_rate DECIMAL(8,2), smoking BOOLEAN);
INSERT INTO rooms SELECT i, 1+i%6, 1+(i*7)%4, 60+((i*37)%23)*10, i%9=0 FROM range(1,121) r(i);
CREATE TABLE guests(guest_id INTEGER PRIMARY KEY, full_name VARCHAR, country VARCHAR, birth_date DATE, loyalty_tier VARCHAR, email VARCHAR);
INSERT INTO guests SELECT i, ['Anna','Bruno','Clara','David','Elena','Felix','Greta','Hugo','Ines','Jonas'][1+i%10]||' '||['Moreira','Huber','Peeters','Novak','Silva','Wagner','Janssen'][1+(i*3)%7], ['Portugal','Austria','Belgium','Germany','Spain','United States'][1+(i*5)%6], DATE '1950-01-01'+CAST((i*97)%19000 AS INTEGER), CASE WHEN i%4=0 THEN 'Gold' WHEN i%4=1 THEN 'Silver' WHEN i%4=2 THEN 'Bronze' END, 'g'||i||'@mail.test' FROM range(1,401) r(i);
CREATE TABLE bookings(booking_id INTEGER PRIMARY KEY, guest_id INTEGER REFERENCES guests(guest_id), room_id INTEGER REFERENCES rooms(room_id), booked_at TIMESTAMP, check_in DATE, check_out DATE, channel VARCHAR, status VARCHAR, total_amount DECIMAL(10,2));
INSERT INTO bookings SELECT i, 1 + CAST(hash(i) % 300 AS INTEGER), 1 + CAST(hash(i * 7 + 1) % 118 AS INTEGER), TIMESTAMP '2024-01-02 08:00:00'+ to_hours(i * 14), CAST(TIMESTAMP '2024-01-02'+to_hours(i * 14)+to_days(5+i%40) AS DATE), CAST(TIMESTAMP '2024-01-02'+to_hours(i * 14)+to_days(5+i%40+1+i%6) AS DATE), ['Web','Agency','Phone','App'][1 + CAST(hash(i * 11 + 5) % 4 AS INTEGER)], CASE WHEN i%13=0 THEN 'Cancelled' WHEN i%29=0 THEN 'No-show' ELSE 'Completed' END, (80 + CAST(hash(i * 3) % 40 AS INTEGER) * 5) * (1 + i % 6) FROM range(1, 1501) r(i);
CREATE TABLE payments(payment_id INTEGER PRIMARY KEY, booking_id INTEGER REFERENCES bookings(booking_id), paid_on DATE, method VARCHAR, amount DECIMAL(10,2));
INSERT INTO payments SELECT row_number() over (), booking_id, check_out+CAST(booking_id%5 AS INTEGER), ['Card','Cash','Transfer'][1+booking_id%3], total_amount/2 FROM bookings, range(2) WHERE status='Completed' AND booking_id%17<>0;
CREATE TABLE reviews(review_id INTEGER PRIMARY KEY, booking_id INTEGER REFERENCES bookings(booking_id), rating INTEGER, comment VARCHAR, reviewed_on DATE);
INSERT INTO reviews SELECT row_number() over (), booking_id, 1 + CAST(hash(booking_id) % 5 AS INTEGER), CASE WHEN booking_id%3=0 THEN 'Lovely stay' END, check_out+2 FROM bookings WHERE status='Completed' AND booking_id%3=0;
CREATE TABLE amenities(amenity_id INTEGER PRIMARY KEY, amenity VARCHAR);
INSERT INTO amenities VALUES (1,'Pool'),(2,'Spa'),(3,'Gym'),(4,'Parking'),(5,'Bar');
CREATE TABLE hotel_amenities(hotel_id INTEGER REFERENCES hotels(hotel_id), amenity_id INTEGER REFERENCES amenities(amenity_id));
INSERT INTO hotel_amenities VALUES (1,1),(1,2),(1,3),(1,5),(2,4),(3,2),(3,4),(4,3),(4,5),(5,4),(7,1),(7,2),(7,3),(7,4),(7,5);
