-- A railway: stops as a bridge in order, trains from one station to another, duties without a key of their own, no declared keys.
CREATE TABLE Driver(DriverID INTEGER, Name VARCHAR, Age INTEGER, HomeStation VARCHAR);
INSERT INTO Driver VALUES (1,'Agnes Boyle',51,'ALB'),(2,'Callum Reid',34,'GLE'),(3,'Doris Finch',45,'CRN'),(4,'Ewan Grant',29,'GLE'),(5,'Fiona Hart',38,'ALB'),(6,'Gareth Pugh',57,'HOL'),
  (7,'Hazel Ward',34,'ALB');
CREATE TABLE Duty(TrainNo INTEGER, DriverID INTEGER, DutyDate VARCHAR, Hours DOUBLE);
INSERT INTO Duty VALUES (105,5,'2024-01-01',7.5),(106,1,'2024-01-03',3.5),(105,5,'2024-01-05',6.0),(106,2,'2024-01-07',3.5),(103,2,'2024-01-09',4.0),(106,1,'2024-01-11',8.0),
  (109,5,'2024-01-13',3.5),(106,1,'2024-01-15',3.5),(102,2,'2024-01-17',7.5),(101,2,'2024-01-19',4.0),(108,2,'2024-01-21',7.5),(108,4,'2024-01-23',8.0),
  (101,1,'2024-01-25',3.5),(103,5,'2024-01-27',7.5),(103,4,'2024-01-29',5.0),(103,6,'2024-01-31',3.5),(101,5,'2024-02-02',5.0),(106,2,'2024-02-04',5.0),
  (108,2,'2024-02-06',6.0),(106,2,'2024-02-08',7.5),(103,1,'2024-02-10',6.0),(109,2,'2024-02-12',3.5),(101,2,'2024-02-14',6.0),(108,4,'2024-02-16',3.5),
  (103,2,'2024-02-18',8.0),(105,3,'2024-02-20',4.0),(106,1,'2024-02-22',8.0),(104,4,'2024-02-24',5.0),(108,4,'2024-02-26',4.0),(101,2,'2024-02-28',8.0),
  (106,1,'2024-03-01',4.0),(106,2,'2024-03-03',5.0),(103,2,'2024-03-05',6.0),(103,2,'2024-03-07',5.0),(101,6,'2024-03-09',6.0),(107,2,'2024-03-11',4.0),
  (106,4,'2024-03-13',8.0),(101,6,'2024-03-15',4.0),(105,1,'2024-03-17',4.0),(101,6,'2024-03-19',4.0),(105,1,'2024-03-21',8.0),(101,2,'2024-03-23',6.0),
  (106,3,'2024-03-25',8.0),(101,1,'2024-03-27',4.0),(104,2,'2024-03-29',4.0),(108,5,'2024-03-31',8.0),(106,1,'2024-04-02',5.0),(108,4,'2024-04-04',5.0),
  (104,5,'2024-04-06',4.0),(101,1,'2024-04-08',3.5),(103,1,'2024-04-10',5.0),(105,1,'2024-04-12',7.5),(103,4,'2024-04-14',5.0),(103,4,'2024-04-16',3.5),
  (101,5,'2024-04-18',4.0),(104,5,'2024-04-20',6.0),(103,3,'2024-04-22',5.0),(109,5,'2024-04-24',3.5),(108,4,'2024-04-26',4.0),(108,4,'2024-04-28',3.5);
CREATE TABLE Line(LineNo INTEGER, LineName VARCHAR, Colour VARCHAR, LengthKm DOUBLE, Operator VARCHAR);
INSERT INTO Line VALUES (1,'Coastal Line','blue',142.5,'Seaway Trains'),(2,'Valley Line','green',88.0,'Inland Rail'),(3,'Airport Express','red',23.4,'Inland Rail'),(4,'Highland Line','purple',210.2,'Northway'),(5,'Circle Line','yellow',31.0,NULL);
CREATE TABLE Station(StationCode VARCHAR, StationName VARCHAR, City VARCHAR, Platforms INTEGER, YearOpened INTEGER);
INSERT INTO Station VALUES ('ALB','Albion Central','Albion',12,1868),('BRK','Brook Street','Albion',4,1921),('CRN','Crane Harbour','Cranmouth',8,1890),('DUN','Dunmore','Dunmore',3,1902),('ELM','Elm Park','Albion',2,1975),('FER','Ferryside','Cranmouth',2,1934),
  ('GLE','Glenrock','Glenrock',6,1879),('HOL','Holt Junction','Holt',5,1888),('IVY','Ivybridge','Ivybridge',2,2009),('KIN','Kingsway','Glenrock',3,1966);
CREATE TABLE Stop(LineNo INTEGER, StationCode VARCHAR, SeqNo INTEGER);
INSERT INTO Stop VALUES (1,'ALB',1),(1,'BRK',2),(1,'CRN',3),(1,'FER',4),(2,'ALB',1),(2,'HOL',2),
  (2,'DUN',3),(2,'GLE',4),(3,'ALB',1),(3,'ELM',2),(4,'GLE',1),(4,'KIN',2),
  (4,'HOL',3),(4,'ALB',4),(4,'CRN',5),(5,'BRK',1),(5,'ELM',2),(5,'ALB',3);
CREATE TABLE Train(TrainNo INTEGER, TrainName VARCHAR, LineNo INTEGER, OriginStation VARCHAR, DestStation VARCHAR, DepTime VARCHAR, ArrTime VARCHAR, Seats INTEGER);
INSERT INTO Train VALUES (101,'Sea Breeze',1,'ALB','FER','06:15','08:40',180),(102,'Gull',1,'FER','ALB','09:10','11:35',180),(103,'Valley Runner',2,'ALB','GLE','07:00','08:55',240),(104,'Mist',2,'GLE','ALB','17:20','19:15',240),(105,'Airliner',3,'ALB','ELM','05:30','05:58',120),(106,'Highlander',4,'GLE','CRN','08:05','12:10',310),
  (107,'Night Owl',4,'CRN','GLE','22:00','02:05',290),(108,'Heather',4,'KIN','ALB','13:40','16:00',310),(109,'Roundabout',5,'BRK','ALB','10:00','10:35',90),(110,'Shuttle',3,'ELM','ALB','06:30','06:58',120);
