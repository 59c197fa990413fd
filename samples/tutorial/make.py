#!/usr/bin/env python3
"""Writes the tutorial's two spreadsheets, a sales ledger as a trading company's old ERP prints it, and the week after; and
Branches.xlsx of the cookbook, a sheet a branch, with postal codes that are numbers shown with zeros.

    python3 samples/tutorial/make.py            needs openpyxl; same bytes on every run

Everything is invented. What is messy in it, on purpose: a title above the header, amounts that are text with a decimal comma beside amounts
that are numbers, dates as text beside real dates, customer numbers that lost their zeros, a dash for "nothing", an empty column, a
line of sums and a printer's footer; in the second file a date that does not exist.
"""

import datetime as dt
import io
import zipfile
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill

HERE = Path(__file__).resolve().parent
HEADER = ["Invoice no.", "Cust.", "Customer name", "Type", "Inv. date", "Due", "Net", "VAT", "Gross", "Curr.", "St.", "", "Remarks"]
WEEK_1 = [
    ["S-2041", 417, "Harbour Timber Ltd", "INV", dt.date(2026, 10, 5), "04.11.2026", 1000, 200, 1200, "EUR", "O", None, None],
    ["S-2042", 417, "Harbour Timber Ltd", "INV", dt.date(2026, 10, 5), "04.11.2026", "1.190,50", "238,10", "1.428,60", "EUR", "O", None, "2nd delivery"],
    ["S-2043", 88, "Åse Lindqvist AB", "INV", "06.10.2026", "05.11.2026", 80, 16, 96, "EUR", "P", None, "-"],
    ["S-2044", 1203, "Königsberg & Söhne", "CRN", "06.10.2026", "-", 50, 10, 60, "EUR", "O", None, "returned pallets"],
    ["S-2045", 88, "Åse Lindqvist AB", "INV", dt.date(2026, 10, 8), "07.11.2026", "2.000,00", "400,00", "2.400,00", "EUR", "O", None, None],
]
WEEK_2 = [
    WEEK_1[0],
    WEEK_1[1][:10] + ["P"] + WEEK_1[1][11:],
    WEEK_1[2],
    WEEK_1[3],
    WEEK_1[4],
    ["S-2046", 1203, "Königsberg & Söhne", "INV", dt.date(2026, 10, 13), "31.11.2026", 300, 60, 360, "EUR", "O", None, None],
    ["S-2047", 417, "Harbour Timber Ltd", "INV", dt.date(2026, 10, 14), "13.11.2026", "99,99", "20,00", "119,99", "EUR", "O", None, None],
]


def number(cell):
    return float(cell.replace(".", "").replace(",", ".")) if isinstance(cell, str) else float(cell)


def ledger(rows, until):
    book = Workbook()
    sheet = book.active
    sheet.title = "Sales ledger"
    sheet["A1"] = "TRADEWINDS IMPORT-EXPORT"
    sheet["A1"].font = Font(bold=True, size=14)
    sheet["A2"] = f"Sales ledger, printed {until:%d.%m.%Y}"
    for n, title in enumerate(HEADER, 1):
        cell = sheet.cell(4, n, title or None)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="DDDDDD")
    for r, row in enumerate(rows, 5):
        for n, value in enumerate(row, 1):
            cell = sheet.cell(r, n, value)
            if isinstance(value, dt.date):
                cell.number_format = "DD.MM.YYYY"
    sums = len(rows) + 5
    sheet.cell(sums, 1, "Total")
    for n in (7, 8, 9):
        sheet.cell(sums, n, round(sum(number(row[n - 1]) for row in rows), 2))
    sheet.cell(sums + 2, 1, "page 1 of 1")
    book.properties.created = book.properties.modified = dt.datetime(2026, 10, 1)
    raw = io.BytesIO()
    book.save(raw)
    return same_bytes(raw)


def same_bytes(raw):
    """The workbook with its parts dated 1980, and no time of saving in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(out, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename == "docProps/core.xml":
                head, _, rest = data.partition(b"<dcterms:modified")
                data = head + rest.partition(b"</dcterms:modified>")[2]
            entry = zipfile.ZipInfo(item.filename, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            new.writestr(entry, data)
    return out.getvalue()


def branches():
    book = Workbook()
    book.remove(book.active)
    for name, rows in {"Dresden": [["C1", "Böhm", 1067], ["C2", "Lang", 1099]], "Leipzig": [["C3", "Wöhler", 4103]]}.items():
        sheet = book.create_sheet(name)
        for row in [["No", "Name", "Postcode"], *rows]:
            sheet.append(row)
        for cell in sheet["C"][1:]:
            cell.number_format = "00000"
    book.create_sheet("Notes").append(["Postcodes are kept as numbers, sorry."])
    book.properties.created = book.properties.modified = dt.datetime(2026, 10, 1)
    raw = io.BytesIO()
    book.save(raw)
    return same_bytes(raw)


if __name__ == "__main__":
    (HERE / "Branches.xlsx").write_bytes(branches())
    (HERE / "Ledger_2026-10-09.xlsx").write_bytes(ledger(WEEK_1, dt.date(2026, 10, 9)))
    (HERE / "Ledger_2026-10-16.xlsx").write_bytes(ledger(WEEK_2, dt.date(2026, 10, 16)))
