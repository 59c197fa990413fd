-- The job of bench.toml as a good analyst would write it by hand, for DuckDB 2.0:
-- load, check, compare with what was last sent, write what is to be sent, keep the new state.
--
-- Assumptions, each of which crosswalk does not need to make:
--   * The working directory holds company.csv and invoices.csv (generate.py); outputs and state.duckdb go there too.
--   * The files are clean UTF-8 with one kind of line end, known columns in a known order, and no row is ragged:
--     read_csv's own rejects lose rows in silence, so they are not used, and a ragged row stops the script.
--   * What is written is accepted: the state moves at once. There is no plan to review, no ledger, no answer to read.
--   * A row with any bad cell is left out and listed in rejects.csv; its key still counts as present.
--   * Removed invoices are listed (kind = 'absent'), not sent: the platform cannot delete them.
--   * Run it once on day 1 (all new) and again on day 2's files for the daily case.

SET autoinstall_known_extensions = false;
SET autoload_known_extensions = false;
SET threads = 2;
SET memory_limit = '1GB';

ATTACH 'state.duckdb' AS state;
CREATE TABLE IF NOT EXISTS state.current_company (
    erpKey VARCHAR, companyName VARCHAR, companyType VARCHAR, country VARCHAR, isActive BOOLEAN);
CREATE TABLE IF NOT EXISTS state.current_invoice (
    erpKey VARCHAR, companyErpKey VARCHAR, customerErpKey VARCHAR, invoiceTypeCode VARCHAR, invoiceStatusCode VARCHAR,
    currencyCode VARCHAR, currencyRate DECIMAL(28,10), totalAmount DECIMAL(28,2), salesTaxAmount DECIMAL(28,2),
    invoiceDate TIMESTAMP, paymentDueDate TIMESTAMP, referenceCode VARCHAR, termsCode VARCHAR);

-- 1. Load: everything as text, in file order (rowid + 2 is the line, as no field holds a newline).

CREATE TEMP TABLE raw_company AS
SELECT * FROM read_csv('company.csv', header = true, auto_detect = false, delim = ',', quote = '"', escape = '"',
    columns = {'key': 'VARCHAR', 'name': 'VARCHAR', 'type': 'VARCHAR', 'country': 'VARCHAR'});

CREATE TEMP TABLE raw_invoice AS
SELECT * FROM read_csv('invoices.csv', header = true, auto_detect = false, delim = ',', quote = '"', escape = '"',
    columns = {'key': 'VARCHAR', 'company': 'VARCHAR', 'customer': 'VARCHAR', 'type': 'VARCHAR', 'status': 'VARCHAR', 'currency': 'VARCHAR',
               'total': 'VARCHAR', 'tax': 'VARCHAR', 'invoice_date': 'VARCHAR', 'due_date': 'VARCHAR', 'reference': 'VARCHAR', 'terms': 'VARCHAR'});

-- 2. Map: trimmed, empty is nothing, typed. What cannot be read becomes NULL here and a reject below.

CREATE TEMP TABLE mapped_company AS
SELECT nullif(trim(key), '') AS erpKey, nullif(trim(name), '') AS companyName, nullif(trim(type), '') AS companyType,
       nullif(trim(country), '') AS country, true AS isActive
FROM raw_company;

CREATE TEMP TABLE mapped_invoice AS
SELECT rowid + 2                                             AS line,
       nullif(trim(key), '')                                 AS erpKey,
       nullif(trim(company), '')                             AS companyErpKey,
       nullif(trim(customer), '')                            AS customerErpKey,
       nullif(trim(type), '')                                AS invoiceTypeCode,
       nullif(trim(status), '')                              AS invoiceStatusCode,
       nullif(trim(currency), '')                            AS currencyCode,
       1::DECIMAL(28,10)                                     AS currencyRate,
       TRY_CAST(nullif(trim(total), '') AS DECIMAL(28,2))    AS totalAmount,
       TRY_CAST(nullif(trim(tax), '') AS DECIMAL(28,2))      AS salesTaxAmount,
       TRY_CAST(nullif(trim(invoice_date), '') AS TIMESTAMP) AS invoiceDate,
       TRY_CAST(nullif(trim(due_date), '') AS TIMESTAMP)     AS paymentDueDate,
       nullif(trim(reference), '')                           AS referenceCode,
       nullif(trim(terms), '')                               AS termsCode,
       (trim(total) <> '' AND totalAmount IS NULL)        OR regexp_matches(total, '\.\d{3}') AS bad_total,
       (trim(tax) <> '' AND salesTaxAmount IS NULL)       OR regexp_matches(tax, '\.\d{3}')   AS bad_tax,
       trim(invoice_date) <> '' AND invoiceDate IS NULL                                       AS bad_invoice_date,
       trim(due_date) <> '' AND paymentDueDate IS NULL                                        AS bad_due_date
FROM raw_invoice;

-- 3. Rejects: first the rows with anything wrong, in one pass; of these, one row a bad cell with line, field, text and reason.

CREATE TEMP TABLE company_keys AS
SELECT erpKey FROM mapped_company UNION SELECT erpKey FROM state.current_company;

CREATE TEMP TABLE suspects AS
SELECT m.*, r.*, erpKey IN (SELECT erpKey FROM mapped_invoice GROUP BY 1 HAVING count(*) > 1) AS twice,
       companyErpKey NOT IN (FROM company_keys) AS no_company, customerErpKey NOT IN (FROM company_keys) AS no_customer
FROM mapped_invoice m JOIN raw_invoice r ON r.rowid + 2 = m.line
WHERE m.line IN (
    SELECT line FROM mapped_invoice
    WHERE erpKey IS NULL OR companyErpKey IS NULL OR customerErpKey IS NULL
       OR companyErpKey NOT IN (FROM company_keys) OR customerErpKey NOT IN (FROM company_keys)
       OR invoiceTypeCode NOT IN ('AR Invoice', 'AP Invoice', 'AR Credit Memo', 'AP Credit Memo') OR invoiceStatusCode NOT IN ('Open', 'Closed')
       OR bad_total OR bad_tax OR bad_invoice_date OR bad_due_date
       OR length(erpKey) > 100 OR length(currencyCode) > 3 OR length(referenceCode) > 100 OR length(termsCode) > 50
       OR erpKey IN (SELECT erpKey FROM mapped_invoice GROUP BY 1 HAVING count(*) > 1));

CREATE TEMP TABLE rejects AS
          SELECT line, 'erpKey' AS field, key AS value, 'required' AS reason FROM suspects WHERE erpKey IS NULL
UNION ALL SELECT line, 'erpKey', key, 'key twice' FROM suspects WHERE twice
UNION ALL SELECT line, 'erpKey', key, 'longer than 100' FROM suspects WHERE length(erpKey) > 100
UNION ALL SELECT line, 'companyErpKey', company, 'required' FROM suspects WHERE companyErpKey IS NULL
UNION ALL SELECT line, 'companyErpKey', company, 'no such company' FROM suspects WHERE no_company
UNION ALL SELECT line, 'customerErpKey', customer, 'required' FROM suspects WHERE customerErpKey IS NULL
UNION ALL SELECT line, 'customerErpKey', customer, 'no such company' FROM suspects WHERE no_customer
UNION ALL SELECT line, 'invoiceTypeCode', type, 'not in the list' FROM suspects WHERE invoiceTypeCode NOT IN ('AR Invoice', 'AP Invoice', 'AR Credit Memo', 'AP Credit Memo')
UNION ALL SELECT line, 'invoiceStatusCode', status, 'not in the list' FROM suspects WHERE invoiceStatusCode NOT IN ('Open', 'Closed')
UNION ALL SELECT line, 'currencyCode', currency, 'longer than 3' FROM suspects WHERE length(currencyCode) > 3
UNION ALL SELECT line, 'totalAmount', total, 'no amount of 2 decimals' FROM suspects WHERE bad_total
UNION ALL SELECT line, 'salesTaxAmount', tax, 'no amount of 2 decimals' FROM suspects WHERE bad_tax
UNION ALL SELECT line, 'invoiceDate', invoice_date, 'not a date' FROM suspects WHERE bad_invoice_date
UNION ALL SELECT line, 'paymentDueDate', due_date, 'not a date' FROM suspects WHERE bad_due_date
UNION ALL SELECT line, 'referenceCode', reference, 'longer than 100' FROM suspects WHERE length(referenceCode) > 100
UNION ALL SELECT line, 'termsCode', terms, 'longer than 50' FROM suspects WHERE length(termsCode) > 50;

COPY (SELECT * FROM rejects ORDER BY line, field) TO 'rejects.csv';

-- 4. Diff: against what was last sent.

CREATE TEMP TABLE changes_company AS
SELECT m.*, CASE WHEN s.erpKey IS NULL THEN 'new' ELSE 'changed' END AS kind
FROM mapped_company m LEFT JOIN state.current_company s ON s.erpKey = m.erpKey
WHERE s.erpKey IS NULL OR (m.companyName, m.companyType, m.country, m.isActive) IS DISTINCT FROM (s.companyName, s.companyType, s.country, s.isActive);

CREATE TEMP TABLE changes_invoice AS
SELECT CASE WHEN s.erpKey IS NULL THEN 'new' ELSE 'changed' END AS kind, m.* EXCLUDE (bad_total, bad_tax, bad_invoice_date, bad_due_date), s AS old
FROM mapped_invoice m LEFT JOIN state.current_invoice s ON s.erpKey = m.erpKey
WHERE m.line NOT IN (SELECT line FROM rejects)
  AND (s.erpKey IS NULL
    OR m.companyErpKey     IS DISTINCT FROM s.companyErpKey
    OR m.customerErpKey    IS DISTINCT FROM s.customerErpKey
    OR m.invoiceTypeCode   IS DISTINCT FROM s.invoiceTypeCode
    OR m.invoiceStatusCode IS DISTINCT FROM s.invoiceStatusCode
    OR m.currencyCode      IS DISTINCT FROM s.currencyCode
    OR m.currencyRate      IS DISTINCT FROM s.currencyRate
    OR m.totalAmount       IS DISTINCT FROM s.totalAmount
    OR m.salesTaxAmount    IS DISTINCT FROM s.salesTaxAmount
    OR m.invoiceDate       IS DISTINCT FROM s.invoiceDate
    OR m.paymentDueDate    IS DISTINCT FROM s.paymentDueDate
    OR m.referenceCode     IS DISTINCT FROM s.referenceCode
    OR m.termsCode         IS DISTINCT FROM s.termsCode);

CREATE TEMP TABLE absent AS
SELECT s.erpKey FROM state.current_invoice s ANTI JOIN mapped_invoice m ON m.erpKey = s.erpKey;

-- 5. Emit: the changes to keep and look at, and the files to send.

COPY (SELECT kind, erpKey, old, line, * EXCLUDE (kind, erpKey, old, line) FROM changes_invoice
      UNION ALL BY NAME SELECT 'absent' AS kind, erpKey FROM absent
      ORDER BY erpKey) TO 'changes.invoice.parquet' (FORMAT parquet);
COPY (SELECT * FROM changes_company ORDER BY erpKey) TO 'changes.company.parquet' (FORMAT parquet);
COPY (SELECT * EXCLUDE (kind) FROM changes_company ORDER BY erpKey) TO 'send.company.csv';
COPY (SELECT * EXCLUDE (kind, line, old)
             REPLACE (strftime(invoiceDate, '%Y-%m-%dT%H:%M:%S') AS invoiceDate, strftime(paymentDueDate, '%Y-%m-%dT%H:%M:%S') AS paymentDueDate)
      FROM changes_invoice ORDER BY erpKey) TO 'send.invoice.csv';

-- 6. State: what was sent is what we have.

BEGIN;
DELETE FROM state.current_company USING changes_company c WHERE current_company.erpKey = c.erpKey;
INSERT INTO state.current_company SELECT * EXCLUDE (kind) FROM changes_company;
DELETE FROM state.current_invoice USING changes_invoice c WHERE current_invoice.erpKey = c.erpKey;
INSERT INTO state.current_invoice SELECT * EXCLUDE (kind, line, old) FROM changes_invoice ORDER BY erpKey;
COMMIT;
CHECKPOINT state;

SELECT kind, count(*) AS records FROM changes_invoice GROUP BY kind
UNION ALL SELECT 'absent', count(*) FROM absent
UNION ALL SELECT 'rejected cells', count(*) FROM rejects
ORDER BY kind;
