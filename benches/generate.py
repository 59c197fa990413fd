#!/usr/bin/env python3
"""Writes the benchmark's input: N invoices of 12 columns, and the companies they refer to. Same bytes for the same N.

    python3 benches/generate.py FOLDER [--rows 1000000] [--day 2]

Day 2 is day 1 with every 99th invoice paid meanwhile: 1 % of the rows differ, in their status only.
"""

import argparse
import datetime as dt
from pathlib import Path

NAMES = ["Åkerblad AB", "Böttcher & Söhne", "Café Déjà Vu", "Dvořák s.r.o.", "Ærø Skibsværft", "Jones Ltd", "Smith, Brown and Co", "Łódź Tekstylia"]
TERMS = ["NET30", "NET14", "NET60", "2/10 NET30", ""]
CURRENCY = ["EUR", "EUR", "EUR", "NOK", "GBP", "USD"]
TEXT = ["Bestellung Köln", "PO", "Ordre Tromsø", "Order", "Réf."]
COMPANIES = 100


def companies(path):
    lines = ["key,name,type,country"]
    for i in range(COMPANIES):
        name = f"{NAMES[i % len(NAMES)]} {i}"
        quoted = f'"{name}"' if "," in name else name
        lines.append(f"C{i:04},{quoted},{'Company' if i == 0 else 'Customer'},{['DE', 'NO', 'FR', 'GB'][i % 4]}")
    path.write_text("\n".join(lines) + "\n", "utf-8", newline="\n")


def invoices(path, rows, day):
    start = dt.date(2024, 1, 1)
    days = [(start + dt.timedelta(d)).isoformat() for d in range(1100)]
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write("key,company,customer,type,status,currency,total,tax,invoice_date,due_date,reference,terms\n")
        for first in range(0, rows, 50_000):
            batch = []
            for i in range(first, min(first + 50_000, rows)):
                cents = (i * 7_919 + 1_250) % 9_999_999 + 1
                tax = cents * 19 // 119
                kind = "AR Credit Memo" if i % 50 == 7 else "AR Invoice"
                status = "Closed" if i % 3 == 0 or (day == 2 and i % 99 == 1) else "Open"
                d = i * 31 % 1000
                batch.append(f"INV-{i:08},C0000,C{i * 37 % (COMPANIES - 1) + 1:04},{kind},{status},{CURRENCY[i % 6]},"
                             f"{cents // 100}.{cents % 100:02},{tax // 100}.{tax % 100:02},{days[d]},{days[d + i % 61]},"
                             f"{TEXT[i % 5]} {i * 13 % 100_003},{TERMS[i % 5]}\n")
            out.write("".join(batch))


if __name__ == "__main__":
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("folder", type=Path)
    ask.add_argument("--rows", type=int, default=1_000_000)
    ask.add_argument("--day", type=int, choices=[1, 2], default=1)
    args = ask.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    companies(args.folder / "company.csv")
    invoices(args.folder / "invoices.csv", args.rows, args.day)
