"""Holds frames that Headroom sends against the JSON schemas shipped in PyPI `ocpp`.

usage: ocpp_schema.py VERSION FILE.json [FILE.json …]     VERSION = 1.6 | 2.0.1 | 2.1
A file is a JSON array. An element is a CALL or SEND `[2 or 6, id, action, payload]` or an answer with its action
`[action, [3, id, payload]]`. Exits 1 and names each frame that a schema refuses.
"""
import json
import pathlib
import sys
from decimal import Decimal

import ocpp
from jsonschema import Draft4Validator, Draft6Validator, FormatChecker

FOLDERS = {"1.6": "v16", "2.0.1": "v201", "2.1": "v21"}


def validator(version, action, is_answer):
    folder = pathlib.Path(ocpp.__file__).parent / FOLDERS[version] / "schemas"
    suffix = "Response" if is_answer else ("" if version == "1.6" else "Request")
    file = folder / f"{action}{suffix}.json"
    if not file.exists():  # a SEND has no answer, and its schema no suffix
        file = folder / f"{action}.json"
    text = file.read_text(encoding="utf-8-sig")
    schema = json.loads(text, parse_float=Decimal)
    draft = Draft4Validator if "draft-04" in schema.get("$schema", "") else Draft6Validator
    return draft(schema, format_checker=FormatChecker())


def main(version, files):
    checked, faults = 0, []
    for name in files:
        frames = json.loads(pathlib.Path(name).read_text(), parse_float=Decimal)
        for number, frame in enumerate(frames):
            is_answer = isinstance(frame[0], str)
            action = frame[0] if is_answer else frame[2]
            payload = frame[1][2] if is_answer else frame[3]
            if frame[0] in (4, 5):
                continue
            checked += 1
            for error in validator(version, action, is_answer).iter_errors(payload):
                path = "/".join(str(part) for part in error.absolute_path)
                faults.append(f"{name}: frame {number} {action}: /{path}: {error.message[:200]}")
    for fault in faults:
        print(fault)
    print(f"{checked} frames of {version} checked, {len(faults)} faults")
    return 1 if faults or checked == 0 else 0


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in FOLDERS:
        print(__doc__)
        sys.exit(2)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
