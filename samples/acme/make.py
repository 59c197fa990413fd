#!/usr/bin/env python3
"""Writes the two days of ACME's exports (day-1/ and day-2/). Same bytes on every run.

    python3 samples/acme/make.py            needs openpyxl

Everything is invented. `world()` is the books on the first evening, `next_day()` is what happened on the second day, and
`export()` writes the books the way ACME's ERP does: each list in another format, none of them quite to standard.
"""

import copy
import datetime as dt
import io
import re
import zipfile
from decimal import ROUND_HALF_UP, Decimal as D
from pathlib import Path
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

HERE = Path(__file__).resolve().parent
DAY_1, DAY_2 = dt.date(2026, 10, 1), dt.date(2026, 10, 2)
MANDANT = "10"


def cents(x):
    return x.quantize(D("0.01"), ROUND_HALF_UP)


# ── the books ────────────────────────────────────────────────────────────────────────────────────────────────────────

CUSTOMER_COLUMNS = ["Kundennr", "Name", "Anschriftzusatz", "Straße", "PLZ", "Ort", "Land", "Telefon", "Telefax", "E-Mail",
                    "USt-IdNr.", "Kreditlimit", "Aktiv", "Angelegt", "Ansprechpartner", "Zentrale", "Bemerkung"]
CUSTOMERS = [
    ["0010001", "Böhm Maschinenbau; Inh. Jörg Böhm e. K.", "", "Löbtauer Straße 12", "01067", "Dresden", "D", "0351 555-0110", "0351 555-0119", "einkauf@boehm.example", "DE900000101", "25.000,00", "J", "14.03.2009", "000101", "", ""],
    ["0010004", "Schlosserei Wöhler", "", "Gartenstraße 3", "37073", "Göttingen", "D", "0551 555-0140", "-", "info@woehler.example", "DE900000104", "8.000,00", "J", "02.11.2011", "000102", "", "zieht im Oktober um"],
    ["0010007", "Nordlicht Yachtbau GmbH", "Werft II", "Am Kai 41", "24937", "Flensburg", "D", "0461 555-0170", "0461 555-0179", "office@nordlicht.example", "DE900000107", "60.000,00", "J", "23.05.2012", "000103", "", ""],
    ["0010012", "Gärtnerei Grünwald KG", "", "Nordhäuser Weg 77", "99084", "Erfurt", "D", "0361 555-0121", "-", "post@gruenwald.example", "DE900000112", "5.000,00", "J", "19.08.2013", "000105", "", ""],
    ["0010015", "Preisfuchs 1€-Läden GmbH", "", "Brühl 8", "04109", "Leipzig", "D", "0341 555-0150", "0341 555-0151", "rechnung@preisfuchs.example", "DE900000115", "15.000,50", "J", "07.01.2014", "000106", "", "Bonus ab 10.000 € im Jahr"],
    ["0010019", "Käserei Alpenblick AG", "", "Hofgasse 5", "6003", "Luzern", "CH", "+41 41 555 01 90", "-", "bestellung@alpenblick.example", "k.A.", "12.000,00", "J", "30.09.2014", "000107", "", ""],
    ["0010023", "Straßenbau Süß GmbH & Co. KG", "Bauhof", "Zwickauer Allee 140", "09111", "Chemnitz", "D", "0371 555-0230", "0371 555-0239", "bauhof@suess.example", "DE900000123", "40.000,00", "J", "11.02.2015", "000108", "", ""],
    ["0010026", "Bäckerei Öztürk", "", "Königsplatz 2", "34117", "Kassel", "D", "0561 555-0260", "-", "baeckerei@oeztuerk.example", "DE900000126", "2.500,00", "J", "25.06.2015", "000110", "", ""],
    ["0010031", "Tischlerei Lüders", "Gewerbehof Süd\nHalle 4, Tor 2", "Merseburger Straße 19", "06108", "Halle (Saale)", "D", "0345 555-0310", "-", "werkstatt@lueders.example", "DE900000131", "6.500,00", "J", "04.04.2016", "000111", "", ""],
    ["0010034", "Autohaus Möller GmbH", "", "Vahrenwalder Ring 200", "30159", "Hannover", "D", "0511 555-0340", "0511 555-0349", "teile@moeller.example", "DE900000134", "30.000,00", "J", "16.10.2017", "000112", "", ""],
    ["0010038", "Autohaus Möller GmbH, Filiale Celle", "", "Bahnhofsallee 9", "29221", "Celle", "D", "05141 555-038", "-", "celle@moeller.example", "DE900000134", "0,00", "J", "01.03.2018", "", "0010034", "Rechnung an Filiale, Zahlung durch Hannover"],
    ["0010042", 'Gasthof "Zum Löwen"', "", "Marktplatz 1", "38640", "Goslar", "D", "05321 555-042", "-", "k.A.", "DE900000142", "1.000,00", "J", "12.12.2018", "000113", "", ""],
    ["0010045", "Wiener Präzisionsguß Ges.m.b.H.", "Stiege 3", "Erdberger Lände 26", "1030", "Wien", "A", "+43 1 555 0450", "-", "einkauf@wpg.example", "ATU90000145", "20.000,00", "J", "08.07.2019", "000114", "", ""],
    ["0010049", "Druckerei „Schwarz auf Weiß“", "", "Ackerwand 14", "99423", "Weimar", "D", "03643 555-049", "-", "satz@schwarzweiss.example", "DE900000149", "4.000,00", "J", "27.11.2020", "000115", "", ""],
    ["0010052", "Elektro Jäger", "", "Saalstraße 6", "07743", "Jena", "D", "03641 555-052", "-", "-", "DE900000152", "0,00", "N", "15.02.2021", "", "", "gesperrt, kauft nicht mehr"],
]

CONTACT_COLUMNS = ["Nr", "Kundennr", "Anrede", "Vorname", "Nachname", "Funktion", "Rolle", "Telefon", "E-Mail"]
CONTACTS = [
    ["000101", "0010001", "Herr", "Jörg", "Böhm", "Inhaber", "GF", "0351 555-0111", "j.boehm@boehm.example"],
    ["000102", "0010004", "Frau", "Antje", "Wöhler", "Büroleitung", "BH", "0551 555-0141", "antje@woehler.example"],
    ["000103", "0010007", "Frau", "Sabine", "Ritter", "Einkauf", "EK", "0461 555-0171", "ritter@nordlicht.example"],
    ["000104", "0010007", "Herr", "Ole", "Petersen", "Buchhaltung", "BH", "0461 555-0172", "petersen@nordlicht.example"],
    ["000105", "0010012", "Herr", "Götz", "Grünwald", "Geschäftsführer", "GF", "0361 555-0122", "goetz@gruenwald.example"],
    ["000106", "0010015", "Frau", "Zoë", "Fuchs", "Einkauf", "EK", "0341 555-0152", "zoe.fuchs@preisfuchs.example"],
    ["000107", "0010019", "Herr", "Beat", "Zürcher", "Leiter Betrieb", "WL", "+41 41 555 01 91", "zuercher@alpenblick.example"],
    ["000108", "0010023", "Frau", "Käthe", "Süß", "Geschäftsführerin", "GF", "0371 555-0231", "k.suess@suess.example"],
    ["000109", "0010023", "Herr", "Uwe", "Hänsel", "Buchhaltung", "BH", "0371 555-0232", "haensel@suess.example"],
    ["000110", "0010026", "Herr", "Emre", "Öztürk", "Inhaber", "GF", "0561 555-0261", "emre@oeztuerk.example"],
    ["000111", "0010031", "Frau", "Birgit", "Lüders", "Meisterin", "WL", "0345 555-0311", "birgit@lueders.example"],
    ["000112", "0010034", "Herr", "René", "Möller", "Teiledienst", "EK", "0511 555-0341", "rene.moeller@moeller.example"],
    ["000113", "0010042", "Frau", "Jutta", "Löwe", "Wirtin", "GF", "05321 555-043", "-"],
    ["000114", "0010045", "Frau", "Franziska", "Gruber", "Einkauf", "EK", "+43 1 555 0451", "gruber@wpg.example"],
    ["000115", "0010049", "Herr", "Jürgen", "Weiß", "Inhaber", "GF", "03643 555-050", "weiss@schwarzweiss.example"],
]

ARTICLES = [  # number, text, unit, net price, tax rate
    ("4011-08", "Sechskantschrauben M8×40, verzinkt, 100 Stück", "PK", D("12.9500"), 19),
    ("4011-10", "Sechskantschrauben M10×60, verzinkt, 50 Stück", "PK", D("14.4000"), 19),
    ("4120-00", "Muttern & Scheiben, Sortiment", "ST", D("24.9000"), 19),
    ("5203-13", "Schlagbohrmaschine SB 13", "ST", D("189.0000"), 19),
    ("5210-25", "Winkelschleifer WS 125", "ST", D("119.5000"), 19),
    ("5300-01", "Akku 18 V, 5 Ah", "ST", D("84.0000"), 19),
    ("6100-02", "Stahlseil 6 mm, Meterware", "M", D("3.1250"), 19),
    ("6140-10", "Drehmomentschlüssel 20–200 Nm", "ST", D("139.0000"), 19),
    ("7005-05", "Schmierfett, Kartusche 400 g", "ST", D("6.7500"), 19),
    ("7010-20", "Maschinenöl, Kanister 20 l", "ST", D("97.8000"), 19),
    ("8001-00", "Schutzbrille »Klar«", "ST", D("7.2000"), 19),
    ("8002-44", "Sicherheitsschuhe S3, Größe 44", "PA", D("79.9000"), 19),
    ("9100-00", "Handbuch Zerspanungstechnik", "ST", D("46.7300"), 7),
    ("9900-01", "Fracht und Verpackung", "PS", D("18.5000"), 19),
]
TERM_DAYS = {"30N": 30, "14S2": 30, "60N": 60, "SOF": 0, "VK": 0}
TERMS_OF = {"0010007": "60N", "0010023": "14S2", "0010034": "14S2", "0010038": "14S2", "0010042": "SOF", "0010019": "VK"}


def line(number, article, quantity):
    code, text, unit, price, rate = ARTICLES[article]
    out = dict(nr=number, code=code, text=text, unit=unit, price=price, rate=rate, quantity=quantity)
    return amounts(out)


def amounts(of):
    of["net"] = cents(of["quantity"] * of["price"])
    of["tax"] = cents(of["net"] * of["rate"] / 100)
    of["gross"] = of["net"] + of["tax"]
    return of


def invoice(number, kind, date, customer, lines, order="", reference="", note=""):
    terms = TERMS_OF.get(customer, "30N")
    return dict(number=number, kind=kind, date=date, customer=customer, lines=lines, order=order, reference=reference, note=note,
                terms=terms, due=f"{date + dt.timedelta(TERM_DAYS[terms]):%d.%m.%Y}", old=None)


def total(inv, part="gross"):
    return inv["old"][part] if inv["old"] else sum((x[part] for x in inv["lines"]), D(0))


def world():
    """The books on the evening of 1 October 2026."""
    step = iter(range(10**6))
    buyers = [c[0] for c in CUSTOMERS if c[12] == "J"]
    books = dict(today=DAY_1, customers=copy.deepcopy(CUSTOMERS), contacts=copy.deepcopy(CONTACTS), invoices=[], payments=[])
    for number, day, customer, gross in [("RE25-0877", 2, "0010023", "2380.00"), ("RE25-0912", 18, "0010045", "745.40")]:
        inv = invoice(number, "RE", dt.date(2025, 12, day), customer, [], note="Übernahme aus Altsystem")
        net = cents(D(gross) / D("1.19"))
        inv["old"] = dict(gross=D(gross), net=net, tax=D(gross) - net)
        books["invoices"].append(inv)
    for i in range(38):
        kind = "GU" if i in (13, 24, 33) else "RE"
        date = dt.date(2026, 8, 3) + dt.timedelta(days=i * 58 // 37)
        date += dt.timedelta(days=7 - date.weekday() if date.weekday() > 4 else 0)      # no invoices at weekends
        customer = buyers[(i * 5 + i // 14) % len(buyers)]
        count = 1 if kind == "GU" or i % 11 == 9 else [2, 3, 2, 1, 4, 3][i % 6]
        lines = []
        for n in range(1, count + 1):
            s = next(step)
            article = (s * 5 + i // 5) % len(ARTICLES)
            quantity = D([1, 2, 3, 5, 10, 4][(s + i // 4) % 6])
            if ARTICLES[article][2] == "M":
                quantity = D("12.5") * (1 + s % 3)
            lines.append(line(n, article, quantity))
        number = f"{kind}26-{i + 101:04}"
        order = f"B-{7300 + i * 7}" if i % 3 == 0 else ""
        reference = f"Anfrage {['Hr. Böhm', 'Fr. Süß', 'Werkstatt'][i % 3]} {date:%d.%m.}" if i % 4 == 1 else "-"
        books["invoices"].append(invoice(number, kind, date, customer, lines, order, reference))
    pay_up(books)
    return books


def pay_up(books):
    """Payments up to the first evening: most of August settled, some in part, one on account."""
    tenders = ["UEB", "UEB", "LS", "UEB", "KK", "SCH"]
    by_customer = {}
    for inv in books["invoices"][2:26]:
        if inv["kind"] == "RE":
            by_customer.setdefault(inv["customer"], []).append(inv)
    parcels = []
    for n, invoices in enumerate(by_customer.values()):
        parcels += [invoices] if n % 2 else [[inv] for inv in invoices]
    parcels = [[(inv, total(inv)) for inv in p] for p in parcels]
    parcels += [[(inv, cents(total(inv) / 2))] for inv in books["invoices"][26:32] if inv["kind"] == "RE"]
    parcels.sort(key=lambda p: p[-1][0]["date"])
    for i, parcel in enumerate(parcels):
        day = min(parcel[-1][0]["date"] + dt.timedelta(days=9 + i % 8), DAY_1 - dt.timedelta(days=1))
        pay(books, parcel[0][0]["customer"], day, tenders[i % 6], [(inv["number"], amount) for inv, amount in parcel])
    pay(books, "0010001", dt.date(2026, 9, 29), "UEB", [], on_account=D("1190.50"))


def pay(books, customer, day, tender, applied, on_account=D(0)):
    number = f"ZE26-{len(books['payments']) + 501:04}"
    booked = day + dt.timedelta(days=1)
    books["payments"].append(dict(
        number=number, customer=customer, day=day, booked=booked, tender=tender, open=on_account,
        amount=sum((a for _, a in applied), D(0)) + on_account,
        applied=[dict(pos=i, invoice=n, day=booked, amount=a) for i, (n, a) in enumerate(applied, 1)]))


# ── the second day ───────────────────────────────────────────────────────────────────────────────────────────────────

SETTLED, PARTLY, CORRECTED, BAD, REMINDED = "RE26-0133", "RE26-0137", "RE26-0135", "RE26-0132", "RE26-0131"


def next_day(books):
    """What happened on 2 October 2026; the README tells it as a story."""
    books = copy.deepcopy(books)
    books["today"] = DAY_2
    invoices = {i["number"]: i for i in books["invoices"]}
    customers = {c[0]: c for c in books["customers"]}

    moved = dict(zip(CUSTOMER_COLUMNS, customers["0010004"]))
    moved |= {"Name": "Wöhler Metallbau GmbH", "Straße": "Am Flüthedamm 20", "PLZ": "37124", "Ort": "Rosdorf", "Bemerkung": ""}
    customers["0010004"][:] = moved.values()

    books["contacts"] = [c for c in books["contacts"] if c[0] != "000103"]        # Frau Ritter has left
    books["contacts"].append(["000116", "0010007", "Herr", "Sören", "Thießen", "Einkauf", "EK", "0461 555-0173", "thiessen@nordlicht.example"])
    customers["0010007"][CUSTOMER_COLUMNS.index("Ansprechpartner")] = "000116"

    books["customers"].append(["0010055", "Kübler Solartechnik GmbH", "", "Donaustraße 30", "89073", "Ulm", "D", "0731 555-0550", "-", "info@kuebler.example", "DE900000155", "10.000,00", "J", "02.10.2026", "000117", "", ""])
    books["contacts"].append(["000117", "0010055", "Frau", "Lena", "Kübler", "Geschäftsführerin", "GF", "0731 555-0551", "lena@kuebler.example"])

    wrong = invoices[CORRECTED]["lines"]
    wrong[0]["quantity"] -= 1
    wrong[1]["price"] -= D("0.5000")
    for x in wrong:
        amounts(x)

    for number, customer, lines in [
        ("RE26-0139", "0010055", [line(1, 3, D(4)), line(2, 5, D(8)), line(3, 13, D(1))]),
        ("RE26-0140", "0010026", [line(1, 10, D(6)), line(2, 12, D(1))]),
        ("RE26-0141", "0010007", [line(1, 6, D("37.5"))]),
    ]:
        books["invoices"].append(invoice(number, "RE", DAY_2, customer, lines))

    pay(books, invoices[SETTLED]["customer"], DAY_2 - dt.timedelta(days=1), "UEB", [(SETTLED, total(invoices[SETTLED]))])
    on_account = next(p for p in books["payments"] if p["open"])
    on_account["applied"] = [dict(pos=1, invoice=PARTLY, day=DAY_2, amount=on_account["open"])]
    on_account["open"] = D(0)

    invoices[BAD]["due"] = "31.11.2026"                                           # extended by hand; November has 30 days
    invoices[REMINDED]["note"] = "Zahlungserinnerung 02.10."                      # a column the mapping ignores
    return books


# ── the exports ──────────────────────────────────────────────────────────────────────────────────────────────────────

def csv_bytes(columns, rows):
    """Semicolons, Windows line ends, Windows-1252; quotes only where they must be; a newline in a field stays a bare LF."""
    def cell(text):
        return '"' + text.replace('"', '""') + '"' if re.search(r'[;"\n]', text) else text
    return "".join(";".join(map(cell, row)) + "\r\n" for row in [columns, *rows]).encode("cp1252")


def opos(books):
    """The open items list: two title lines, two header lines with merged groups, a totals row, a printer's footer."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Offene Posten"
    sheet["A1"] = "Offene Posten Debitoren"
    sheet["A2"] = f"ACME Werkzeughandel GmbH · Mandant {MANDANT} · Stand {books['today']:%d.%m.%Y} (mit den im Monat ausgeglichenen)"
    groups = [("", ["Mandant", "Debitor"]), ("Beleg", ["Nr", "Art", "Datum", "Ausgleich", "Status"]),
              ("Betrag", ["Netto", "MwSt", "Brutto", "Offen"]), ("", ["Währung", "Fälligkeit"]),
              ("Bestellung", ["Nr", "Ihre Referenz"]), ("", ["Zahlungsbed.", "Notiz"])]
    column = 1
    for group, names in groups:
        if group:
            sheet.cell(3, column, group)
            sheet.merge_cells(start_row=3, end_row=3, start_column=column, end_column=column + len(names) - 1)
        for name in names:
            sheet.cell(4, column, name)
            column += 1
    for r in sheet["A3:Q4"]:
        for c in r:
            c.font, c.fill, c.alignment = Font(bold=True), PatternFill("solid", fgColor="DDE6F0"), Alignment(horizontal="center")
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.freeze_panes = "A5"

    paid, closed = {}, {}
    for p in books["payments"]:
        for a in p["applied"]:
            paid[a["invoice"]] = paid.get(a["invoice"], D(0)) + a["amount"]
            closed[a["invoice"]] = max(a["day"], closed.get(a["invoice"], a["day"]))
    rows, sums = [], dict(gross=D(0), open=D(0))
    for inv in books["invoices"]:
        rest = total(inv) - paid.get(inv["number"], D(0))
        rows.append([int(MANDANT), int(inv["customer"]), inv["number"], inv["kind"], inv["date"], None if rest else closed[inv["number"]],
                     "O" if rest else "A", total(inv, "net"), total(inv, "tax"), total(inv), rest, "EUR", inv["due"],
                     inv["order"] or None, inv["reference"] or None, inv["terms"], inv["note"] or None])
        sign = 1 if inv["kind"] == "RE" else -1
        sums["gross"] += sign * total(inv)
        sums["open"] += sign * rest
    for p in books["payments"]:
        if p["open"]:
            rows.append([int(MANDANT), int(p["customer"]), p["number"], "AZ", p["day"], None, "O", None, None, p["open"], p["open"], "EUR",
                         None, None, None, None, "Anzahlung"])
            sums["gross"] -= p["open"]
            sums["open"] -= p["open"]
    for row in rows:
        sheet.append([float(v) if isinstance(v, D) else v for v in row])
    sheet.append(["Summe EUR"] + [None] * 8 + [float(sums["gross"]), float(sums["open"])])
    for c in sheet[sheet.max_row]:
        c.font = Font(bold=True)
    sheet.append([f"Gedruckt am {books['today']:%d.%m.%Y} 18:05 · Seite 1 von 1"])
    for r in range(5, sheet.max_row):
        for c in (5, 6):
            sheet.cell(r, c).number_format = "dd.mm.yyyy"
        for c in (8, 9, 10, 11):
            sheet.cell(r, c).number_format = "#,##0.00"
    for i, width in enumerate([10, 9, 12, 6, 12, 12, 8, 12, 11, 12, 12, 9, 12, 10, 24, 13, 26], 1):
        sheet.column_dimensions[get_column_letter(i)].width = width

    legend = book.create_sheet("Legende")
    for row in [("Art", "RE Rechnung, GU Gutschrift, AZ Anzahlung"), ("Status", "O offen, A ausgeglichen"),
                ("Summe", "Gutschriften und Anzahlungen zählen negativ")]:
        legend.append(row)
    return workbook_bytes(book)


def workbook_bytes(book):
    """The workbook with fixed stamps, so that equal content is equal bytes."""
    book.properties.creator = "ACME ERP"
    raw, out = io.BytesIO(), io.BytesIO()
    book.save(raw)
    stamp = b"2026-10-01T18:05:00Z"
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>" + stamp, data)
            entry = zipfile.ZipInfo(item.filename, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            new.writestr(entry, data)
    return out.getvalue()


def lines_xml(books):
    """All invoice lines in a file of their own, each with its document's number; credit notes are negative here."""
    rows = [(inv, x) for inv in books["invoices"] for x in inv["lines"]]
    out = ['<?xml version="1.0" encoding="UTF-8"?>', '<rz:Rechnungszeilen xmlns:rz="urn:acme-erp:rechnungszeilen:2">',
           "  <rz:Kopf>", f"    <rz:Stand>{books['today']}</rz:Stand>", f"    <rz:Anzahl>{len(rows)}</rz:Anzahl>",
           f"    <rz:SummeBrutto>{sum(x['gross'] * (-1 if i['kind'] == 'GU' else 1) for i, x in rows)}</rz:SummeBrutto>", "  </rz:Kopf>"]
    for inv, x in rows:
        sign = -1 if inv["kind"] == "GU" else 1
        fields = dict(Mandant=MANDANT, Beleg=inv["number"], Artikel=x["code"], Text=x["text"], Menge=x["quantity"], Einheit=x["unit"],
                      Einzelpreis=x["price"], Netto=sign * x["net"], MwStSatz=x["rate"], MwSt=sign * x["tax"], Brutto=sign * x["gross"])
        out.append(f'  <rz:Zeile nr="{x["nr"]}">')
        out += [f"    <rz:{k}>{escape(str(v))}</rz:{k}>" for k, v in fields.items()]
        out.append("  </rz:Zeile>")
    return ("\n".join([*out, "</rz:Rechnungszeilen>"]) + "\n").encode()


def payments_json(books):
    """Payments with what each one settled; amounts are JSON numbers with their two decimals."""
    out = []
    for p in books["payments"]:
        settled = [f'{{"pos": {a["pos"]}, "beleg": "{a["invoice"]}", "datum": "{a["day"]}", "betrag": {cents(a["amount"])}}}' for a in p["applied"]]
        settled = "[" + ",".join("\n        " + s for s in settled) + ("\n      " if settled else "") + "]"
        out.append(f'    {{\n      "nr": "{p["number"]}", "debitor": "{p["customer"]}", "datum": "{p["day"]}", "buchung": "{p["booked"]}",\n'
                   f'      "art": "{p["tender"]}", "waehrung": "EUR", "betrag": {cents(p["amount"])}, "offen": {cents(p["open"])},\n'
                   f'      "ausgleich": {settled}\n    }}')
    return (f'{{\n  "stand": "{books["today"]}",\n  "mandant": "{MANDANT}",\n  "anzahl": {len(out)},\n'
            '  "zahlungen": [\n' + ",\n".join(out) + "\n  ]\n}\n").encode()


def export(folder, books):
    day = f"{books['today']}"
    own = ["Mandant", "Firma", "Straße", "PLZ", "Ort", "Land", "Telefon", "USt-IdNr.", "Währung"]
    files = {
        "MANDANTEN.csv": csv_bytes(own, [[MANDANT, "ACME Werkzeughandel GmbH", "Weender Landstraße 1", "37073", "Göttingen", "D", "0551 555-0100", "DE900000001", "EUR"]]),
        f"KUNDEN_{day}.csv": csv_bytes(CUSTOMER_COLUMNS, books["customers"]),
        f"ANSPRECHPARTNER_{day}.csv": csv_bytes(CONTACT_COLUMNS, books["contacts"]),
        f"OPOS_{day}.xlsx": opos(books),
        f"RECHNUNGSZEILEN_{day}.xml": lines_xml(books),
        f"ZAHLUNGEN_{day}.json": payments_json(books),
    }
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    first = world()
    export(HERE / "day-1", first)
    export(HERE / "day-2", next_day(first))
