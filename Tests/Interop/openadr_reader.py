"""PyPI oadr30-ven-ud, a tolerant reader of prices: it must read our programmes and events without a complaint.

usage: openadr_reader.py BASE_URL
It always asks for the scope read_all of 3.0, which a VEN of 3.1 does not hold: so it comes as business logic.
"""
import contextlib
import io
import json
import sys

from oadr30.vtn import VTNOps

said = io.StringIO()
with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
    vtn = VTNOps(sys.argv[1], "bl_client", "1001")
    programs = vtn.get_programs()
    events = vtn.get_events()
if programs is None or events is None or "exception" in said.getvalue().lower():
    print(said.getvalue())
    sys.exit(1)
print(json.dumps({"programs": len(programs or []), "events": len(events or [])}))
