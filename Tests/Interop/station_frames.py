"""Checks frames of the simulated stations against the schemas in PyPI `ocpp` (its own validator, nothing of ours).

Reads lines of JSON from the file named: [version, "call" | "result", action, payload].
Prints the number of frames checked; names each bad one and exits 1.
"""
import decimal
import json
import pathlib
import sys

import jsonschema
import ocpp

ROOT = pathlib.Path(ocpp.__file__).parent
FOLDERS = {"1.6": "v16", "2.0.1": "v201", "2.1": "v21"}
SUFFIXES = {
    "1.6": {"call": "", "result": "Response"},
    "2.0.1": {"call": "Request", "result": "Response"},
    "2.1": {"call": "Request", "result": "Response"},
}


def schema(version, kind, action, known={}):
    key = (version, kind, action)
    if key not in known:
        path = ROOT / FOLDERS[version] / "schemas" / f"{action}{SUFFIXES[version][kind]}.json"
        text = json.loads(path.read_text(encoding="utf-8-sig"), parse_float=decimal.Decimal)
        known[key] = jsonschema.Draft4Validator(text)
    return known[key]


def main(path):
    checked, bad = 0, 0
    for line in open(path, encoding="utf-8"):
        version, kind, action, payload = json.loads(line, parse_float=decimal.Decimal)
        errors = list(schema(version, kind, action).iter_errors(payload))
        checked += 1
        if errors:
            bad += 1
            print(f"{version} {kind} {action}: {errors[0].message}", file=sys.stderr)
    print(checked)
    return 1 if bad else 0


sys.exit(main(sys.argv[1]))
