-- Staff and their hours, named as warehouses name things: abbreviations, no declared keys, flags as letters.
CREATE TABLE dept (dept_id INTEGER, dept_nm VARCHAR, loc_city VARCHAR, budget_amt DECIMAL(12, 2));
INSERT INTO dept VALUES (1, 'Engineering', 'Berlin', 900000), (2, 'Marketing', 'Munich', 400000), (3, 'Finance', 'Berlin', 300000), (4, 'Legal', 'Hamburg', 150000);
CREATE TABLE emp (emp_id INTEGER, first_nm VARCHAR, last_nm VARCHAR, dept_id INTEGER, mgr_id INTEGER, hire_dt DATE, sal_amt DECIMAL(10, 2), gender VARCHAR, active_flg VARCHAR);
INSERT INTO emp SELECT i, ['Anna', 'Ben', 'Carl', 'Dora', 'Emil', 'Fritz', 'Gina', 'Hans'][1 + i % 8], ['Meyer', 'Schulz', 'Braun', 'Vogel', 'Koch'][1 + i % 5], 1 + i % 3, CASE WHEN i < 4 THEN NULL ELSE 1 + i % 3 END,
  DATE '2015-01-01' + CAST(i * 97 AS INTEGER), 42000 + i * 1300 % 41000, CASE WHEN i % 2 = 0 THEN 'F' ELSE 'M' END, CASE WHEN i % 6 = 0 THEN 'N' ELSE 'Y' END FROM range(1, 41) AS r(i);
CREATE TABLE proj (proj_id INTEGER, proj_nm VARCHAR, status_cd VARCHAR, start_dt DATE, end_dt DATE, cust_nm VARCHAR, planned_cost DECIMAL(10, 2), actual_cost DECIMAL(10, 2));
INSERT INTO proj SELECT i, 'Project ' || ['Apollo', 'Borealis', 'Cygnus', 'Draco', 'Eridanus', 'Fornax', 'Gemini', 'Hydra', 'Indus', 'Lyra'][i], ['open', 'closed', 'on hold'][1 + i % 3], DATE '2025-01-10' + CAST(i * 40 AS INTEGER),
  CASE WHEN i % 3 = 1 THEN NULL ELSE DATE '2025-06-01' + CAST(i * 45 AS INTEGER) END, ['Siemens', 'Bosch', 'Allianz'][1 + i % 3], 40000 + i * 1500, 36000 + i * 7 % 10 * 2300 FROM range(1, 11) AS r(i);
CREATE TABLE timesheet (ts_id INTEGER, emp_id INTEGER, proj_id INTEGER, work_dt DATE, hrs DECIMAL(5, 2), bill_rate DECIMAL(8, 2));
INSERT INTO timesheet SELECT i, 1 + i * 7 % 38, 1 + i * 7 % 9, DATE '2025-02-01' + CAST(i % 480 AS INTEGER), 2 + i % 7, 80 + (i % 4) * 15 FROM range(1, 2001) AS r(i);
