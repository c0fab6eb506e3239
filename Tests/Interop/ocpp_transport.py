"""A station on the PyPI `websockets` client, for what lies below OCPP: compression as that client offers it by
default, long messages in fragments (this client ends them with an empty one), ping and pong. Usage: ocpp_transport.py URL. Exit 0 when all is well."""

import asyncio
import json
import sys

import websockets
from websockets.extensions.permessage_deflate import PerMessageDeflate

compressed = {"sent": 0, "received": 0}
decode, encode = PerMessageDeflate.decode, PerMessageDeflate.encode


def count_decode(self, frame, **options):
    compressed["received"] += frame.rsv1
    return decode(self, frame, **options)


def count_encode(self, frame):
    made = encode(self, frame)
    compressed["sent"] += made.rsv1
    return made


PerMessageDeflate.decode, PerMessageDeflate.encode = count_decode, count_encode


async def call(ws, number, action, payload, parts=1):
    """Sends a call, in fragments where asked, and waits for its answer; whatever the server asks is refused."""
    text = json.dumps([2, str(number), action, payload], ensure_ascii=False)
    step = -(-len(text) // parts)
    pieces = [text[start : start + step] for start in range(0, len(text), step)]
    await ws.send(text if parts == 1 else pieces)
    while True:
        frame = json.loads(await asyncio.wait_for(ws.recv(), 10))
        if frame[0] == 2:
            await ws.send(json.dumps([4, frame[1], "NotSupported", "", {}]))
        elif frame[1] == str(number):
            return frame


async def main(url):
    async with websockets.connect(url, subprotocols=["ocpp2.1"]) as ws:
        assert ws.subprotocol == "ocpp2.1", ws.subprotocol
        agreed = ws.response.headers["Sec-WebSocket-Extensions"]
        assert "client_no_context_takeover" in agreed and "server_no_context_takeover" in agreed, agreed
        boot = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}
        answer = await call(ws, 1, "BootNotification", boot)
        assert answer[0] == 3 and answer[2]["status"] == "Accepted", answer
        for number in range(2, 40):
            assert (await call(ws, number, "Heartbeat", {}))[0] == 3
        long = {"customData": {"vendorId": "v", "text": "långt " * 30_000}}
        for number, parts in ((50, 1), (51, 2), (52, 15)):
            answer = await call(ws, number, "Heartbeat", long, parts)
            assert answer[0] == 3, answer
        await asyncio.wait_for(await ws.ping(b"are you there"), 5)
    assert ws.close_code == 1000, ws.close_code
    assert compressed["sent"] > 40 and compressed["received"] >= 3, compressed
    print("compressed both ways", compressed)


asyncio.run(main(sys.argv[1]))
