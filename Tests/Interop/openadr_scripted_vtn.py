"""A small stateful OpenADR 3.1 VTN in Python's standard library that plays a utility by a script.

usage: openadr_scripted_vtn.py
Prints its port, then serves. It is not ours and behaves as other people's VTNs do: it pages, sends nulls and
unknown members, wants its bearer token, loses one connection and fails once. Its story: a programme and a call
for bids are there from the start; a bid is answered with an award of two thirds; a bid named `late` is refused.
GET /script returns all that happened as JSON; POST /script/dispatch sends an instruction, DELETE cancels it.
"""
import datetime
import json
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOCK = threading.Lock()
OBJECTS = {name: [] for name in ("programs", "events", "reports", "subscriptions", "vens", "resources")}
TYPES = {"programs": "PROGRAM", "events": "EVENT", "reports": "REPORT", "subscriptions": "SUBSCRIPTION",
         "vens": "VEN", "resources": "RESOURCE"}
LOG = []
FAULTS = {"tokens": 0, "posts": 0, "gets": 0}
COUNT = [0]


def stamp(when=None):
    when = when or datetime.datetime.now(datetime.timezone.utc)
    return when.isoformat().replace("+00:00", "Z")


def add(collection, body):
    COUNT[0] += 1
    made = {"id": f"{collection}-{COUNT[0]}", "createdDateTime": stamp(), "modificationDateTime": stamp(),
            "objectType": TYPES[collection], **{k: v for k, v in body.items() if k != "objectType"}}
    OBJECTS[collection].append(made)
    return made


def block():
    start = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(minutes=5)
    return {"start": stamp(start), "duration": "PT5M", "randomizeStart": None}


def seed():
    program = add("programs", {
        "programName": "SCRIPT-UPREG", "intervalPeriod": None, "payloadDescriptors": None, "targets": None,
        "attributes": [{"type": "GATE_CLOSURE", "values": ["PT10S"]}], "x-vendor": {"anything": [1, None]}})
    # Fifty events of somebody else's programme: what is meant for us is on the second page.
    for number in range(50):
        add("events", {"programID": "programs-of-others", "eventName": f"noise-{number}"})
    add("events", {
        "programID": program["id"], "eventName": "GATE 1", "priority": None, "targets": None,
        "intervalPeriod": block(), "intervals": None,
        "reportDescriptors": [{"payloadType": "UP_REGULATION_AVAILABLE", "readingType": "FORECAST",
                               "units": "KW", "numIntervals": 1, "historical": False, "frequency": 0}]})
    # An event that nobody can read must not hide the good ones.
    add("events", {"programID": program["id"], "intervals": "soon"})


def award(report):
    interval = report["resources"][0]["intervals"][0]
    offer = next(p["values"][0] for p in interval["payloads"] if p["type"] == "UP_REGULATION_AVAILABLE")
    call = next(e for e in OBJECTS["events"] if e["id"] == report["eventID"])
    add("events", {
        "programID": call["programID"], "eventName": "AWARD-" + report["reportName"][len("BID-"):],
        "payloadDescriptors": [
            {"objectType": "EVENT_PAYLOAD_DESCRIPTOR", "payloadType": "EXPORT_CAPACITY_RESERVATION", "units": "KW"},
            {"objectType": "EVENT_PAYLOAD_DESCRIPTOR", "payloadType": "EXPORT_CAPACITY_RESERVATION_FEE",
             "units": "KW", "currency": "EUR"}],
        "intervalPeriod": call["intervalPeriod"],
        "intervals": [{"id": interval["id"], "intervalPeriod": None, "payloads": [
            {"type": "EXPORT_CAPACITY_RESERVATION", "values": [offer * 2 / 3]},
            {"type": "EXPORT_CAPACITY_RESERVATION_FEE", "values": [0.04]}]}]})


def dispatch():
    program = OBJECTS["programs"][0]
    add("events", {"programID": program["id"], "eventName": "DISPATCH", "priority": 0,
                   "intervalPeriod": {"start": "0001-01-01T00:00:00", "duration": "PT10M"},
                   "intervals": [{"id": 0, "payloads": [
                       {"type": "DISPATCH_SETPOINT_RELATIVE", "values": [-300]}]}]})


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def problem(self, status, detail):
        self.answer(status, {"type": None, "title": "refused", "status": status, "detail": detail})

    def handle_any(self):
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        url = urllib.parse.urlparse(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        parts = [p for p in url.path.split("/") if p]
        with LOCK:
            if parts and parts[0] == "script":
                return self.script(parts)
            LOG.append(f"{self.command} {url.path}")
            if url.path == "/auth/server":
                return self.problem(404, "no such path")
            if url.path == "/auth/token":
                form = dict(urllib.parse.parse_qsl(raw.decode()))
                if form.get("client_secret") != "999":
                    return self.answer(400, {"error": "invalid_client"})
                FAULTS["tokens"] += 1
                return self.answer(200, {"access_token": f"t{FAULTS['tokens']}", "token_type": "Bearer",
                                         "expires_in": 3600})
            # The first token is void at once: a client must ask for another.
            if FAULTS["tokens"] < 2 or self.headers.get("Authorization") != f"Bearer t{FAULTS['tokens']}":
                return self.problem(403 if FAULTS["tokens"] < 0 else 401, "the token is void")
            return self.objects(parts, query, json.loads(raw) if raw else None)

    def script(self, parts):
        if parts == ["script", "dispatch"]:
            if self.command == "POST":
                dispatch()
            else:
                OBJECTS["events"][:] = [e for e in OBJECTS["events"] if e.get("eventName") != "DISPATCH"]
            return self.answer(200, {})
        return self.answer(200, {"log": LOG, "objects": OBJECTS})

    def objects(self, parts, query, body):
        rows = OBJECTS.get(parts[0])
        if rows is None or len(parts) > 2:
            return self.problem(404, "no such path")
        if self.command == "GET" and len(parts) == 1:
            FAULTS["gets"] += 1
            if FAULTS["gets"] == 2:
                return self.answer(503, {})
            limit, skip = int(query.get("limit", 50)), int(query.get("skip", 0))
            if not 0 <= limit <= 50:
                return self.problem(400, "limit")
            # This VTN knows no filter but eventID: what it does not know it ignores, as it may.
            found = [r for r in rows if query.get("eventID") in (None, r.get("eventID"))]
            return self.answer(200, found[skip:skip + limit])
        if self.command == "POST":
            if parts[0] == "reports":
                FAULTS["posts"] += 1
                if (body.get("reportName") or "") == "BID-late":
                    return self.problem(409, "the gate is closed")
            made = add(parts[0], body)
            if parts[0] == "reports" and (body.get("reportName") or "").startswith("BID-"):
                award(made)
                if FAULTS["posts"] == 1:
                    # Done, but the answer gets lost.
                    self.close_connection = True
                    return self.connection.close()
            return self.answer(201, made)
        row = next((r for r in rows if r["id"] == parts[1]), None) if len(parts) == 2 else None
        if row is None:
            return self.problem(404, "no such object")
        if self.command == "DELETE":
            rows.remove(row)
        elif self.command == "PUT":
            row.update({k: v for k, v in body.items() if k != "objectType"})
            row["modificationDateTime"] = stamp()
        return self.answer(200, row)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any


seed()
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
server.serve_forever()
