-- Doctors who refer patients to each other, buses between hospitals, surveys with a column for each answer.
CREATE TABLE hospitals (hospital_code VARCHAR, hospital_name VARCHAR, city VARCHAR, state VARCHAR);
INSERT INTO hospitals VALUES ('STA', 'St Anne', 'Boston', 'Massachusetts'), ('MRC', 'Mercy', 'Albany', 'New York'), ('UNI', 'University', 'Boston', 'Massachusetts'), ('GEN', 'General', 'Buffalo', 'New York');
CREATE TABLE doctors (doctor_id INTEGER, doctor_name VARCHAR, specialty VARCHAR, hospital_code VARCHAR, second_specialty VARCHAR, patients_seen INTEGER, complaint_count INTEGER);
INSERT INTO doctors VALUES (11, 'Dr Abel', 'Cardiology', 'STA', NULL, 120, 4), (12, 'Dr Bose', 'Oncology', 'STA', 'Surgery', 80, 1), (13, 'Dr Cole', 'Cardiology', 'MRC', NULL, 200, 10), (14, 'Dr Diaz', 'Surgery', 'UNI', 'Oncology', 95, 5), (15, 'Dr Eng', 'Dermatology', 'GEN', NULL, 60, 2);
CREATE TABLE referrals (referral_id INTEGER, referring_doctor_id INTEGER, referred_doctor_id INTEGER, referred_on DATE);
INSERT INTO referrals VALUES (1, 11, 12, '2025-01-04'), (2, 11, 14, '2025-01-20'), (3, 12, 14, '2025-02-11'), (4, 13, 14, '2025-03-02'), (5, 15, 13, '2025-03-15'), (6, 13, 12, '2025-04-01');
CREATE TABLE shuttles (shuttle_id INTEGER, from_hospital VARCHAR, to_hospital VARCHAR, departs_at TIMESTAMP, arrives_at TIMESTAMP, single_fare DECIMAL(6, 2), return_fare DECIMAL(6, 2));
INSERT INTO shuttles VALUES (1, 'STA', 'MRC', '2025-05-01 08:00', '2025-05-01 11:10', 20, 34), (2, 'MRC', 'STA', '2025-05-01 12:00', '2025-05-01 15:00', 20, 32), (3, 'STA', 'UNI', '2025-05-02 09:00', '2025-05-02 09:20', 4, 6), (4, 'UNI', 'GEN', '2025-05-02 10:00', '2025-05-02 17:45', 45, 80), (5, 'STA', 'MRC', '2025-05-03 08:00', '2025-05-03 11:30', 24, 40);
CREATE TABLE doctor_ratings_count (doctor_id INTEGER, clear_advice INTEGER, long_wait INTEGER, friendly INTEGER, would_return INTEGER);
INSERT INTO doctor_ratings_count VALUES (11, 30, 12, 25, 28), (12, 22, 4, 20, 19), (13, 41, 30, 12, 15), (14, 18, 6, 17, 16), (15, 9, 2, 8, 9);
