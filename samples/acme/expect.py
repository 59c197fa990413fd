#!/usr/bin/env python3
"""Reads the two days by itself, with nothing of crosswalk, and prints what `run acme` must report.

    python3 samples/acme/expect.py          needs openpyxl

Each record becomes key → the values that mappings/acme.toml uses. It also proves that ACME's own totals hold.
"""

import csv
import datetime as dt
import io
import json
import xml.etree.ElementTree as ET
from collections import defaultdict
from decimal import Decimal as D
from pathlib import Path

from openpyxl import load_workbook

HERE = Path(__file__).resolve().parent
IGNORED = {"Bemerkung", "Kreditlimit"}          # read, but no field is made of them
UNIT = {"line": "invoice", "paymentapplied": "payment"}


def table(folder, pattern):
    [path] = folder.glob(pattern)
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode("cp1252"), newline=""), delimiter=";"))
    return [dict(zip(rows[0], r, strict=True)) for r in rows[1:]]


def day(folder):
    """→ ({record: {key: values}}, {record: {key of a rejected row: where}})"""
    records, rejects = defaultdict(dict), defaultdict(dict)

    def put(record, key, *values):
        assert key not in records[record], f"{record} {key} twice"
        records[record][key] = values

    for r in table(folder, "MANDANTEN*"):
        put("own", r["Mandant"], *r.values())
    for r in table(folder, "KUNDEN*"):
        put("company", r["Kundennr"], *(v for k, v in r.items() if k not in IGNORED))
    for r in table(folder, "ANSPRECH*"):
        put("contact", r["Nr"], *r.values())

    [path] = folder.glob("OPOS*")
    sheet = load_workbook(path)["Offene Posten"]
    sums = defaultdict(D)
    for row in sheet.iter_rows(min_row=5):
        v = [c.value for c in row]
        if str(v[0]).startswith("Summe"):
            assert (D(repr(v[9])), D(repr(v[10]))) == (sums[9], sums[10]), (v, sums)
            break
        sign = 1 if v[3] == "RE" else -1
        for i in (9, 10):
            sums[i] += sign * D(repr(v[i]))
        if v[3] not in ("RE", "GU"):
            continue                                         # filtered
        key = f"{v[0]}-{v[2]}"
        try:
            due = dt.datetime.strptime(v[12], "%d.%m.%Y")
        except ValueError:
            rejects["invoice"][key] = f"{path.name} {sheet.title}!{row[12].coordinate} {v[12]!r}"
            continue
        put("invoice", key, v[1], *v[3:7], *(sign * D(repr(x)) for x in v[7:11]), v[11], due, *v[13:16])

    [path] = folder.glob("RECHN*")
    root, ns = ET.parse(path).getroot(), "{urn:acme-erp:rechnungszeilen:2}"
    of = defaultdict(D)
    for node in root.findall(ns + "Zeile"):
        v = {c.tag.removeprefix(ns): c.text for c in node}
        invoice = f"{v['Mandant']}-{v['Beleg']}"
        of[invoice] += D(v["Brutto"])
        put("line", f"{invoice}/{node.get('nr')}", invoice, *v.values())
    head = root.find(ns + "Kopf")
    assert len(records["line"]) == int(head.findtext(ns + "Anzahl")) and sum(of.values()) == D(head.findtext(ns + "SummeBrutto"))
    assert all(of[k] == v[7] for k, v in records["invoice"].items() if k in of), "lines add up"

    [path] = folder.glob("ZAHL*")
    paid = defaultdict(D)
    doc = json.loads(path.read_text("utf-8"), parse_float=D)
    assert doc["anzahl"] == len(doc["zahlungen"])
    for p in doc["zahlungen"]:
        applied = p.pop("ausgleich")
        assert sum(a["betrag"] for a in applied) + p["offen"] == p["betrag"]
        put("payment", p["nr"], *p.values())
        for a in applied:
            put("paymentapplied", f"{p['nr']}/{a['pos']}", p["nr"], *a.values())
            paid[f"{doc['mandant']}-{a['beleg']}"] += a["betrag"]
    assert all(paid[k] == v[7] - v[8] for k, v in records["invoice"].items()), "total - open = paid"

    companies = {**records["own"], **records["company"]}     # every reference is met
    assert all(v[-2] in ("", *records["contact"]) and v[-1] in ("", *companies) for v in records["company"].values())
    assert all(v[1] in companies for v in records["contact"].values())
    assert all(f"{v[0]:07}" in companies for v in records["invoice"].values())
    assert all(v[0] in {**records["invoice"], **rejects["invoice"]} for v in records["line"].values())
    assert set(paid) <= {*records["invoice"], *rejects["invoice"]}
    return records, rejects


def main():
    (one, bad_one), (two, bad_two) = day(HERE / "day-1"), day(HERE / "day-2")
    assert not any(bad_one.values())
    print(f"{'record':<16}{'day 1: new':>12}   |{'day 2: new':>12}{'changed':>9}{'removed':>9}{'unchanged':>11}{'rejected':>10}{'held':>6}")
    for record in ["own", "company", "contact", "invoice", "line", "payment", "paymentapplied"]:
        a, b, bad = one[record], two[record], bad_two[record]
        held = {k for k, v in b.items() if v[0] in bad_two[UNIT.get(record)]}
        b = {k: v for k, v in b.items() if k not in held}
        new, both = b.keys() - a.keys(), b.keys() & a.keys()
        changed = sorted(k for k in both if a[k] != b[k])
        removed = sorted(a.keys() - b.keys() - bad.keys() - held)
        print(f"{record:<16}{len(a):>12}   |{len(new):>12}{len(changed):>9}{len(removed):>9}{len(both) - len(changed):>11}{len(bad):>10}{len(held):>6}")
        for name, keys in [("new", sorted(new)), ("changed", changed), ("removed", removed), ("held", sorted(held))]:
            if keys:
                print(f"    {name:<9} {', '.join(keys)}")
        for key, where in bad.items():
            print(f"    rejected  {key}: {where}")
    for name, records in [("day 1", one), ("day 2 (without the rejected one)", two)]:
        print(f"{name}: invoices {sum(v[7] for v in records['invoice'].values()):,} EUR, payments "
              f"{sum(v[6] for v in records['payment'].values()):,} EUR, applied {sum(v[-1] for v in records['paymentapplied'].values()):,} EUR")


if __name__ == "__main__":
    main()
