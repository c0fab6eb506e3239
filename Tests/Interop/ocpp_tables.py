"""Holds the field tables of Headroom's OCPP messages against the JSON schemas shipped in PyPI `ocpp`.

usage: ocpp_tables.py VERSION FILE     VERSION = 1.6 | 2.0.1 | 2.1
FILE holds lines `Message.path[] type required|optional key=value…`; `Message.path.*` opens a part that is written
by hand. Exits 1 and prints each line that only one side has.
"""
import json
import pathlib
import re
import sys

import ocpp

FOLDERS = {"1.6": "v16", "2.0.1": "v201", "2.1": "v21"}


def number(value):
    return str(int(value)) if float(value) == int(value) else str(value)


def lines(schema, root, path, need):
    while "$ref" in schema:
        schema = root["definitions"][schema["$ref"].rsplit("/", 1)[1]]
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        yield f"{path} object {need}"
        for name, part in schema.get("properties", {}).items():
            if name != "customData":
                wanted = "required" if name in schema.get("required", []) else "optional"
                yield from lines(part, root, f"{path}.{name}", wanted)
    elif kind == "array":
        least, most = schema.get("minItems", 0), schema.get("maxItems", "")
        yield from lines(schema["items"], root, path + "[]", f"{need} items={least}..{most}")
    elif kind == "string":
        if schema.get("format") == "date-time":
            yield f"{path} date-time {need}"
        else:
            length = f" length={schema['maxLength']}" if "maxLength" in schema else ""
            words = " words=" + "|".join(sorted(schema["enum"])) if "enum" in schema else ""
            yield f"{path} string {need}{length}{words}"
    elif kind in ("integer", "number"):
        least = f" least={number(schema['minimum'])}" if "minimum" in schema else ""
        greatest = f" greatest={number(schema['maximum'])}" if "maximum" in schema else ""
        yield f"{path} {kind} {need}{least}{greatest}"
    else:
        yield f"{path} {kind or 'any'} {need}"


def tolerated(ours, theirs, version):
    """Our numbers may be bounded more tightly than theirs; what stations send as integers on 2.0.1 we read as
    numbers, as 2.1 has it."""
    result = set()
    for line in ours:
        plain = re.sub(r" (least|greatest)=\S+", "", line)
        forms = [line, re.sub(r" greatest=\S+", "", line), re.sub(r" least=\S+", "", line), plain]
        if version == "2.0.1":
            forms.append(plain.replace(" number ", " integer "))
        result.add(next((form for form in forms if form in theirs), line))
    return result


def main(version, file):
    folder = pathlib.Path(ocpp.__file__).parent / FOLDERS[version] / "schemas"
    ours = pathlib.Path(file).read_text().splitlines()
    opened = tuple(line[:-1] for line in ours if line.endswith(".*"))
    ours = {line for line in ours if not line.endswith(".*")}
    theirs = set()
    for path in folder.glob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8-sig"))
        name = path.stem if path.stem.endswith(("Request", "Response")) else path.stem + "Request"
        theirs.update(lines(schema, schema, name, "required"))
    theirs = {line for line in theirs if not (opened and line.startswith(opened))}
    ours = {line for line in ours if not (opened and line.startswith(opened))}
    ours = tolerated(ours, theirs, version)
    for line in sorted(theirs - ours):
        print("only theirs:", line)
    for line in sorted(ours - theirs):
        print("only ours:  ", line)
    print(f"{len(ours & theirs)} lines of {version} agree, {len(ours ^ theirs)} do not")
    return 1 if ours ^ theirs or not ours else 0


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in FOLDERS:
        print(__doc__)
        sys.exit(2)
    sys.exit(main(sys.argv[1], sys.argv[2]))
