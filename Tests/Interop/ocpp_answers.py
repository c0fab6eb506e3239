"""A station on PyPI `ocpp` that answers whatever a central system may ask of it.

usage: ocpp_answers.py --url ws://127.0.0.1:PORT/ocpp --id CP1 --password SECRET --ocpp 2.1|2.0.1|1.6 --answers FILE
Each call is unpacked by the package and held against its schema, and so is the answer, the first that FILE (a golden
file of messages) has for the action. Prints one JSON line per call; a call that the schema refuses gets its CALLERROR.
Ends with the connection.
"""
import argparse
import asyncio
import base64
import json
import pathlib

import websockets
from ocpp.exceptions import OCPPError
from ocpp.messages import Call, CallResult, unpack, validate_payload


def say(**facts):
    print(json.dumps(facts, default=str), flush=True)


async def answer(socket, text, version, answers):
    message = unpack(text)
    if not isinstance(message, Call):
        return
    try:
        await validate_payload(message, version)
        reply = CallResult(message.unique_id, answers[message.action], message.action)
        await validate_payload(reply, version)
        say(action=message.action, payload=message.payload)
        await socket.send(reply.to_json())
    except OCPPError as error:
        say(action=message.action, refused=f"{type(error).__name__}: {error}")
        await socket.send(message.create_call_error(error).to_json())


async def main(options):
    answers = {}
    for frame in json.loads(pathlib.Path(options.answers).read_text()):
        if isinstance(frame[0], str):
            answers.setdefault(frame[0], frame[1][2])
    login = base64.b64encode(f"{options.id}:{options.password}".encode()).decode()
    async with websockets.connect(
        f"{options.url}/{options.id}",
        subprotocols=[f"ocpp{options.ocpp}"],
        additional_headers={"Authorization": f"Basic {login}"},
    ) as socket:
        say(event="connected")
        try:
            async for text in socket:
                await answer(socket, text, options.ocpp, answers)
        except websockets.ConnectionClosed:
            pass


parser = argparse.ArgumentParser(description=__doc__)
for name in ("url", "id", "password", "ocpp", "answers"):
    parser.add_argument(f"--{name}", required=True)
asyncio.run(main(parser.parse_args()))
