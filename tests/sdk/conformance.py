"""The public client `lockstep-sdk`, unchanged, against a practice platform: `conformance.py ADDRESS KEY FOLDER`.

Prints one JSON object of what it saw; the test in tests/it/sdk.rs judges it, and what the platform holds afterwards.
"""

import json
import sys
import time
import zipfile
from pathlib import Path

import requests
from lockstep.lockstep_api import LockstepApi

ADDRESS, KEY, FOLDER = sys.argv[1], sys.argv[2], Path(sys.argv[3])

COMPANIES = [
    {"erpKey": "G", "companyName": "Group", "companyType": "Group", "isActive": True},
    {"ErpKey": "A", "CompanyName": "Acme", "CompanyType": "Customer", "IsActive": True, "City": "Oslo",
     "ParentCompanyErpKey": "G", "unheard": {"of": [1]}},
]
INVOICE = {
    "erpKey": "I-1", "companyErpKey": "G", "customerErpKey": "A", "currencyRate": 1e-05, "totalAmount": 1190.5,
    "invoiceDate": "2026-10-02", "isVoided": False, "termsCode": None,
}
CONTACTS = "erpKey,companyErpKey,isActive,contactName\nP-1,A,true,Ada\nP-2,nobody,true,Nobody\n"


def client(key):
    api = LockstepApi(ADDRESS + "/", "conformance")
    if key:
        api.with_api_key(key)
    return api


def refused(key):
    """What the client makes of a 401 with an empty body."""
    try:
        return str(client(key).sync.retrieve_sync("00000000-0000-0000-0000-000000000000", "Details").status_code)
    except requests.exceptions.JSONDecodeError:
        return "JSONDecodeError"


def end(api, sync_id):
    """Polls until the end; gives the states seen and the last answer."""
    states, last = [], None
    for _ in range(200):
        last = api.sync.retrieve_sync(sync_id, "Details").value
        if last.statusCode not in states:
            states.append(last.statusCode)
        if last.statusCode in ("Success", "Failed", "Cancelled"):
            return states, last
        time.sleep(0.05)
    raise SystemExit(f"{sync_id} did not end: {states}")


def outcome(api, sync_id):
    states, last = end(api, sync_id)
    return {"states": states, "failures": last.failureCount, "details": last.details}


def archive():
    path = FOLDER / "2026-10-02_batch.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("tmp/batch/contact.csv", CONTACTS)
    return str(path)


def main():
    api = client(KEY)
    seen = {"refused": [refused(None), refused("wrong")]}

    ping = api.status.ping()
    seen["ping"] = [ping.status_code, ping.value.loggedIn]
    stranger = client(None).status.ping()
    seen["ping without key"] = [stranger.status_code, stranger.value.loggedIn]

    batch = api.sync.create_batch_import({"companies": COMPANIES, "invoices": [INVOICE], "contacts": None})
    seen["batch"] = [batch.success, batch.status_code]
    seen["created"] = batch.value.created
    seen["batch outcome"] = outcome(api, batch.value.syncRequestId)
    again = api.sync.create_batch_import({"companies": COMPANIES})
    seen["again outcome"] = outcome(api, again.value.syncRequestId)

    wrong = api.sync.create_batch_import({"companies": [{"erpKey": "X", "isActive": "perhaps"}]})
    seen["wrong"] = [wrong.success, wrong.status_code, wrong.error.title]

    upload = api.sync.upload_sync_file(None, False, archive())
    seen["upload"] = [upload.success, upload.status_code]
    seen["upload outcome"] = outcome(api, upload.value.syncRequestId)
    read = api.sync.retrieve_sync(upload.value.syncRequestId, None)
    seen["read back"] = [read.value.created, hasattr(read.value, "details") and read.value.details is not None]

    unknown = api.sync.retrieve_sync("00000000-0000-0000-0000-000000000000", "Details")
    seen["unknown"] = [unknown.success, unknown.status_code, unknown.error.title]

    asked = api.sync.create_sync({"appEnrollmentId": "7d4f2a10-0000-4000-a000-000000000001", "runFullSync": True})
    cancelled = api.sync.cancel_sync(asked.value.syncRequestId)
    seen["cancelled"] = [cancelled.status_code, cancelled.value.statusCode, cancelled.value.runFullSync]
    late = api.sync.cancel_sync(batch.value.syncRequestId)
    seen["cancelled too late"] = [late.status_code, late.value.statusCode]

    every = api.sync.query_syncs(None, None, None, None, None).value
    seen["all"] = [every.totalCount, every.pageSize, every.pageNumber, len(every.records)]
    some = api.sync.query_syncs("statusCode eq 'Success'", None, "created asc", 2, 0).value
    seen["some"] = [some.totalCount, len(some.records), some.records[0].syncRequestId == batch.value.syncRequestId]
    nonsense = api.sync.query_syncs("nonsense", None, None, None, None)
    seen["nonsense"] = [nonsense.success, nonsense.status_code]

    found = api.companies.query_companies("erpKey eq 'A'", None, None, None, None).value
    seen["company"] = [found.totalCount, found.records[0].companyName, found.records[0].city]
    print(json.dumps(seen))


main()
