-- A hiking club: members who follow each other, lists kept in text, a column for each kind of vote, places shared by name alone.
CREATE TABLE hikers (hiker_id INTEGER PRIMARY KEY, full_name VARCHAR, home_town VARCHAR, emergency_contact VARCHAR, joined_on DATE);
INSERT INTO hikers VALUES (1, 'Ida Holm', 'Ambleside', 'Per Holm', '2023-01-05'), (2, 'Jon Pike', 'Keswick', NULL, '2023-02-11'), (3, 'Kai Marsh', 'Ambleside', 'Lea Marsh', '2023-04-02'), (4, 'Lou Fenn', 'Kendal', NULL, '2023-06-20'), (5, 'Mia Crag', 'Keswick', 'Tom Crag', '2024-01-15'), (6, 'Ned Tarn', 'Kendal', NULL, '2024-03-09'), (7, 'Ida Holm', 'Keswick', NULL, '2024-05-01');
CREATE TABLE follows (follower_id INTEGER REFERENCES hikers(hiker_id), followed_id INTEGER REFERENCES hikers(hiker_id));
INSERT INTO follows VALUES (1, 2), (1, 3), (2, 3), (4, 3), (5, 1), (5, 3), (3, 1), (6, 5);
CREATE TABLE trails (trail_id INTEGER, trail_name VARCHAR, county VARCHAR, open_days VARCHAR, features VARCHAR, length_km DECIMAL(5, 1), opens_at TIME, closes_at TIME);
INSERT INTO trails VALUES (1, 'Raven Ridge', 'Cumbria', 'mon,tue,sat', 'forest,lake', 12.5, '08:00', '18:00'), (2, 'Stone Path', 'Cumbria', 'sat,sun', 'steep', 7.0, '09:00', '12:30'), (3, 'Otter Loop', 'Devon', 'mon,sat,sun', 'lake,river,family', 4.5, '07:00', '20:00'), (4, 'Long Mile', 'Devon', 'tue,wed', 'forest,family', 21.0, '06:30', '11:00'), (5, 'Gull Walk', 'Kent', 'mon,wed,sun', 'coast', 9.5, '10:00', '17:00');
CREATE TABLE trail_votes (trail_id INTEGER, scenic INTEGER, muddy INTEGER, well_marked INTEGER, crowded INTEGER);
INSERT INTO trail_votes VALUES (1, 40, 12, 31, 9), (2, 22, 5, 18, 3), (3, 35, 28, 20, 25), (4, 11, 9, 7, 2), (5, 50, 4, 44, 30);
CREATE TABLE huts (hut_id INTEGER, hut_name VARCHAR, county VARCHAR, beds INTEGER);
INSERT INTO huts VALUES (1, 'Crow Hut', 'Cumbria', 12), (2, 'Moss Hut', 'Devon', 8), (3, 'Fell Hut', 'Cumbria', 20), (4, 'Pine Hut', 'Wales', 6);
CREATE TABLE springs (spring_id INTEGER, spring_name VARCHAR, county VARCHAR, depth_m INTEGER);
INSERT INTO springs VALUES (1, 'Silver Spring', 'Cumbria', 14), (2, 'Cold Well', 'Kent', 9), (3, 'Maid Spring', 'Devon', 5), (4, 'Holy Spring', 'Cumbria', 30);
CREATE TABLE hikes (hike_id INTEGER, hiker_id INTEGER, trail_id INTEGER, started_at TIMESTAMP, finished_at TIMESTAMP, party_size INTEGER);
INSERT INTO hikes SELECT i, 1 + i % 6, 1 + i * 7 % 5, TIMESTAMP '2025-03-01 08:00:00' + to_hours(CAST(i * 31 AS INTEGER)), TIMESTAMP '2025-03-01 08:00:00' + to_hours(CAST(i * 31 + 2 AS INTEGER)) + to_minutes(CAST(i * 13 % 200 AS INTEGER)), 1 + i % 5 FROM range(1, 121) AS r(i);
