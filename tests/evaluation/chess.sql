-- Chess tournaments: coded references, two players of each game, a player's coach who is a player, entries as a bridge, no declared keys.
CREATE TABLE Entry(TourID INTEGER, PlayerID VARCHAR, Seed INTEGER, Score DOUBLE);
INSERT INTO Entry VALUES (1,'P01',1,3.0),(1,'P08',2,5.0),(1,'P13',3,4.5),(1,'P04',4,3.0),(1,'P02',5,5.0),(1,'P10',6,2.0),
  (2,'P02',1,6.5),(2,'P10',2,4.5),(2,'P06',3,6.5),(2,'P05',4,5.0),(2,'P07',5,6.0),(3,'P03',1,1.5),
  (3,'P12',2,4.5),(3,'P04',3,1.5),(3,'P01',4,3.0),(3,'P10',5,3.0),(3,'P09',6,6.0),(3,'P11',7,2.0),
  (4,'P01',1,3.0),(4,'P08',2,6.5),(4,'P13',3,1.5),(4,'P05',4,5.0),(4,'P12',5,6.0),(5,'P07',1,2.0),
  (5,'P05',2,1.5),(5,'P02',3,5.0),(5,'P06',4,1.5);
CREATE TABLE Game(GameID INTEGER, TourID INTEGER, Round INTEGER, WhiteID VARCHAR, BlackID VARCHAR, Result VARCHAR, Moves INTEGER, ECO VARCHAR);
INSERT INTO Game VALUES (1,1,1,'P04','P13','0-1',24,'B90'),(2,1,1,'P10','P08','1-0',57,'B33'),(3,1,1,'P02','P01','0-1',85,'B90'),(4,1,2,'P01','P10','1-0',50,'C65'),(5,1,2,'P02','P08','1-0',20,'B33'),(6,1,2,'P04','P13','1/2-1/2',88,'B90'),
  (7,1,3,'P13','P01','1/2-1/2',81,'E60'),(8,1,3,'P10','P08','1/2-1/2',82,'D37'),(9,1,3,'P04','P02','1-0',47,'D37'),(10,1,4,'P13','P01','1-0',19,'C65'),(11,1,4,'P02','P04','0-1',73,'B90'),(12,1,4,'P10','P08','1-0',28,'B33'),
  (13,2,1,'P02','P05','1-0',76,'B90'),(14,2,1,'P07','P10','1-0',52,'C50'),(15,2,2,'P07','P05','1/2-1/2',59,'B90'),(16,2,2,'P10','P06','1-0',57,'B90'),(17,2,3,'P07','P05','1/2-1/2',28,'C50'),(18,2,3,'P02','P10','0-1',82,'B33'),
  (19,2,4,'P05','P02','1-0',51,'C65'),(20,2,4,'P06','P07','1-0',69,'E60'),(21,3,1,'P11','P01','0-1',81,'B90'),(22,3,1,'P04','P12','0-1',36,'C65'),(23,3,1,'P09','P10','1/2-1/2',72,'B33'),(24,3,2,'P11','P01','1-0',21,'C65'),
  (25,3,2,'P04','P03','1-0',64,'C65'),(26,3,2,'P12','P10','1/2-1/2',75,'E60'),(27,3,3,'P10','P04','1-0',76,'C65'),(28,3,3,'P01','P12','1/2-1/2',86,'C65'),(29,3,3,'P11','P09','1/2-1/2',26,'B33'),(30,3,4,'P10','P11','1-0',47,'B33'),
  (31,3,4,'P12','P03','1/2-1/2',81,'C50'),(32,3,4,'P04','P01','1-0',79,'B33'),(33,4,1,'P12','P05','0-1',50,'B33'),(34,4,1,'P13','P01','0-1',90,'B90'),(35,4,2,'P13','P08','0-1',30,'B33'),(36,4,2,'P12','P05','1-0',80,'D37'),
  (37,4,3,'P01','P05','1/2-1/2',33,'E60'),(38,4,3,'P08','P13','1-0',57,'C65'),(39,4,4,'P12','P13','1-0',82,'C50'),(40,4,4,'P08','P01','0-1',67,'B90'),(41,5,1,'P07','P06','0-1',34,'E60'),(42,5,1,'P02','P05','1/2-1/2',53,'C65'),
  (43,5,2,'P06','P05','1/2-1/2',68,'C65'),(44,5,2,'P07','P02','1-0',18,'C50'),(45,5,3,'P07','P02','1-0',71,'D37'),(46,5,3,'P05','P06','1/2-1/2',58,'C65'),(47,5,4,'P06','P05','0-1',68,'C65'),(48,5,4,'P07','P02','1-0',19,'B33'),
  (49,3,5,'P03','P04','1/2-1/2',41,'C65');
CREATE TABLE Opening(ECO VARCHAR, OpeningName VARCHAR, Family VARCHAR);
INSERT INTO Opening VALUES ('C65','Berlin Defence','Ruy Lopez'),('B90','Najdorf','Sicilian Defence'),('D37','Queens Gambit Declined','Queens Gambit'),('C50','Giuoco Piano','Italian Game'),('E60','Kings Indian','Indian Defence'),('B33','Sveshnikov','Sicilian Defence'),
  ('A10','English Opening','English');
CREATE TABLE Player(PlayerID VARCHAR, FullName VARCHAR, Federation VARCHAR, Elo INTEGER, BirthYear INTEGER, Title VARCHAR, CoachID VARCHAR);
INSERT INTO Player VALUES ('P01','Anders Holm','DEN',2655,1990,'GM',NULL),('P02','Beatriz Solano','ESP',2412,1996,'WGM','P01'),('P03','Chen Yulan','CHN',2590,1999,'GM',NULL),('P04','Dmitri Orlov','RUS',2701,1985,'GM',NULL),('P05','Elif Aydin','TUR',2301,2002,'FM','P04'),('P06','Farid Nazari','IRI',2478,1994,'IM','P04'),
  ('P07','Giulia Conti','ITA',2255,2001,NULL,'P03'),('P08','Henrik Lund','DEN',2389,1978,'IM','P01'),('P09','Irina Volkova','RUS',2520,1992,'IM','P04'),('P10','Jorge Prieto','ESP',2610,1988,'GM',NULL),('P11','Kavya Nair','IND',2444,2004,'IM','P10'),('P12','Liu Bowen','CHN',2533,1997,'GM','P03'),
  ('P13','Mikkel Bach','DEN',2190,2006,NULL,'P08'),('P14','Noor Haidari','IRI',2090,2007,NULL,NULL);
CREATE TABLE Tournament(TourID INTEGER, TournamentName VARCHAR, City VARCHAR, Country VARCHAR, StartDate VARCHAR, Rounds INTEGER, PrizeFund INTEGER);
INSERT INTO Tournament VALUES (1,'Copenhagen Open','Copenhagen','Denmark','2021-07-03',9,25000),(2,'Sitges Masters','Sitges','Spain','2021-12-10',7,18000),(3,'Shanghai Invitational','Shanghai','China','2022-03-21',9,60000),(4,'Politiken Cup','Elsinore','Denmark','2022-07-30',10,15000),(5,'Rome Rapid','Rome','Italy','2023-02-11',7,8000),(6,'Baku Memorial','Baku','Azerbaijan','2023-05-04',9,45000);
