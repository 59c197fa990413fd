"""All cells of a workbook as openpyxl reads them, as JSON: sheets, rows, cells. A formula ends it: there must be none."""

import datetime
import json
import sys

import openpyxl
from openpyxl.utils.escape import unescape


def value(cell):
    if cell.data_type == "f":
        raise SystemExit(f"{cell.parent.title}!{cell.coordinate} is a formula: {cell.value}")
    if isinstance(cell.value, bool) or cell.value is None:
        return cell.value
    if isinstance(cell.value, (int, float)):
        return float(cell.value)
    if isinstance(cell.value, datetime.datetime):
        return {"date": cell.value.isoformat()}
    # The library leaves _xHHHH_, by which a workbook writes what XML cannot, to its caller.
    return unescape(str(cell.value))


book = openpyxl.load_workbook(sys.argv[1])
print(json.dumps({s.title: [[value(c) for c in row] for row in s.iter_rows()] for s in book.worksheets}))
