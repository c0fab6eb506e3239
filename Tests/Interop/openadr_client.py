"""PyPI openadr3 and python-oa3-client as business logic and VEN against a VTN of ours.

usage: openadr_client.py BASE_URL [OPENADR3_YAML]
Prints one JSON object with what it saw; exits 1 at the first thing that is wrong.
With the official YAML each answer is also checked against its schema.
"""
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from openadr3.api import OpenADRClient
from openadr3_client import VenClient
from openadr3_client.webhook import WebhookReceiver

BASE = sys.argv[1]
SCHEMAS = None
if len(sys.argv) > 2:
    import jsonschema
    import yaml

    document = yaml.safe_load(open(sys.argv[2]))

    def clean(node):
        """Drops what a validator of OpenAPI 3.0 cannot know: discriminators and one broken default."""
        if isinstance(node, dict):
            node.pop("discriminator", None)
            node.pop("default", None)
            for value in node.values():
                clean(value)
        elif isinstance(node, list):
            for value in node:
                clean(value)

    clean(document)
    # An answer says VEN or RESOURCE, which the request's schema inside the answer's forbids.
    for name in ("BlVenRequest", "BlResourceRequest"):
        schema = document["components"]["schemas"][name]
        schema["properties"].pop("objectType", None)
        schema["required"] = [x for x in schema["required"] if x != "objectType"]
    SCHEMAS = document

checked = 0


def check(name, value):
    """Checks an answer against a schema of the official YAML."""
    global checked
    if SCHEMAS is None:
        return value
    jsonschema.Draft4Validator({"$ref": "#/components/schemas/" + name, **SCHEMAS}).validate(value)
    checked += 1
    return value


def token(client, secret, basic=False):
    form = {"grant_type": "client_credentials"}
    headers = {}
    if basic:
        import base64

        headers["Authorization"] = "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()
    else:
        form.update(client_id=client, client_secret=secret)
    request = urllib.request.Request(
        BASE + "/auth/token", urllib.parse.urlencode(form).encode(), headers
    )
    answer = json.load(urllib.request.urlopen(request))
    check("clientCredentialResponse", answer)
    return answer["access_token"]


def expect(truth, what):
    if not truth:
        print("FAILED: " + what)
        sys.exit(1)


def status(response, wanted, what):
    expect(response.status_code == wanted, f"{what}: {response.status_code} {response.text}")
    return response.json()


server = json.load(urllib.request.urlopen(BASE + "/auth/server"))
expect(server["tokenURL"] == BASE + "/auth/token", f"token URL {server}")
bl = OpenADRClient(BASE, token("bl_client", "1001", basic=True))
ven = OpenADRClient(BASE, token("ven_client", "999"))
suffix = str(time.time())
seen = {}

program = status(bl.create_program({"programName": "VPP-" + suffix}), 201, "create program")
check("program", program)
status(bl.create_program({"programName": "VPP-" + suffix}), 409, "duplicate program")
status(ven.create_program({"programName": "no"}), 403, "a VEN's program")

library_ven = VenClient(url=BASE, token=token("ven_client", "999"))
library_ven.start()
library_ven.register("fleet-" + suffix)
expect([v.ven_name for v in ven.vens()] == ["fleet-" + suffix], "the library reads our vens")
mine = status(ven.get_vens(), 200, "vens")
expect(len(mine) == 1 and mine[0]["venName"] == "fleet-" + suffix, f"own ven: {mine}")
check("ven", mine[0])
notifiers = library_ven.discover_notifiers()
seen["notifiers"] = str(notifiers)

receiver = WebhookReceiver(host="127.0.0.1", port=0, bearer_token="tk", callback_host="127.0.0.1")
receiver.start()
subscription = status(
    ven.create_subscription(
        {
            "clientName": "fleet",
            "programID": program["id"],
            "objectOperations": [
                {
                    "objects": ["EVENT"],
                    "operations": ["CREATE", "UPDATE", "DELETE"],
                    "callbackUrl": receiver.callback_url,
                    "bearerToken": "tk",
                }
            ],
        }
    ),
    201,
    "subscription",
)
check("subscription", subscription)

body = {
    "programID": program["id"],
    "intervalPeriod": {"start": "0001-01-01T00:00:00Z", "duration": "PT5M"},
    "intervals": [
        {"id": 0, "payloads": [{"type": "DISPATCH_SETPOINT", "values": [-250]}]},
        {"id": 1, "payloads": [{"type": "DISPATCH_SETPOINT", "values": [-0.10, 1e3]}]},
    ],
}
event = status(bl.create_event(body), 201, "create event")
check("event", event)
expect(event["intervals"] == body["intervals"], "intervals came back changed")
hidden = status(
    bl.create_event({"programID": program["id"], "targets": ["elsewhere"]}), 201, "targeted event"
)
expect(len(bl.programs()) == 1 and len(ven.events()) == 1, "the library reads our objects")
found = status(ven.get_events(), 200, "events")
expect([x["id"] for x in found] == [event["id"]], f"events of the VEN: {found}")
status(ven.get_event_by_id(hidden["id"]), 404, "a hidden event")
status(bl.update_event(event["id"], {**body, "eventName": "changed"}), 200, "update event")

deadline = time.time() + 10
while len(receiver._messages) < 2 and time.time() < deadline:
    time.sleep(0.02)
seen["notifications"] = len(receiver._messages)
expect(len(receiver._messages) == 2, f"notifications: {receiver._messages}")
receiver.stop()

report = {
    "eventID": event["id"],
    "clientName": "fleet",
    "reportName": "BID-1",
    "resources": [
        {
            "resourceName": "AGGREGATED_REPORT",
            "intervals": [
                {"id": 0, "payloads": [{"type": "UP_REGULATION_AVAILABLE", "values": [250.50]}]}
            ],
        }
    ],
}
filed = status(ven.create_report(report), 201, "report")
check("report", filed)
expect(filed["clientID"] == "ven_client", "a report carries its client")
read = status(bl.get_reports(), 200, "reports")
expect([x["id"] for x in read] == [filed["id"]], f"reports: {read}")
expect(read[0]["resources"] == report["resources"], "the report came back changed")
resource = status(
    ven.create_resource({"resourceName": "r", "venID": mine[0]["id"], "objectType": "VEN_RESOURCE_REQUEST"}),
    201,
    "resource",
)
check("resource", resource)


def problem(path):
    request = urllib.request.Request(BASE + path, headers={"Authorization": "Bearer " + token("bl_client", "1001")})
    try:
        urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        body = json.load(error)
        check("problem", body)
        return error.code, body["status"]
    return 200, 200


expect(problem("/events?limit=51") == (400, 400), "limit 51")
expect(problem("/events/nothing") == (404, 404), "an unknown event")
status(bl.delete_program(program["id"]), 200, "delete program")
expect(status(bl.get_events(), 200, "events") == [], "events outlive their program")
seen["checked"] = checked
print(json.dumps(seen))
