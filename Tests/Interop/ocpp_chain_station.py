"""Charging stations on PyPI `ocpp` 2.1.0 with a car and a battery each: all versions side by side in one process.

usage: ocpp_chain_station.py --url ws://127.0.0.1:PORT/ocpp --fleet peers.csv [--seconds 200]
The CSV has the columns station,secret,ocpp,kind,token,soc,target,hours; kind is `v2g` or `charge`.
A station keeps the profiles that it is given as a stack, and its car follows the highest one that is valid:
dynamic ones (2.1) and schedules with limits, below 0 only where the station is `v2g`. The package checks every
frame against its schemas. On SIGTERM, or after --seconds, the cars leave, and a summary of each station is printed.
Exits 0 when no station had to give up.
"""
import argparse
import asyncio
import base64
import csv
import json
import logging
import signal
import sys
import time
from datetime import datetime, timedelta, timezone

import websockets
from ocpp.routing import on

import ocpp_station as peer

CAPACITY = 60_000.0
MAX_CHARGE, MAX_DISCHARGE = 11_000.0, 10_000.0


class Battery(peer.Car):
    """A car whose battery moves with its power; the station's registers only ever rise."""

    def __init__(self, row):
        super().__init__()
        self.token = row["token"]
        self.soc = float(row["soc"])
        self.interval = 2
        self.exported, self.exported_at_start, self.imported_at_start = 2000.0, 2000.0, 1000.0

    def step(self, seconds):
        energy = self.power * seconds / 3600
        self.imported += max(energy, 0)
        self.exported += max(-energy, 0)
        self.soc += energy / CAPACITY * 100


class Profiles:
    """What a station was told, by profile id; the highest valid level counts."""

    def __init__(self):
        self.known = {}

    def put(self, number, level, schedule, dynamic):
        periods = [
            (period["start_period"], float(period.get("setpoint", period.get("limit", 0))))
            for period in schedule["charging_schedule_period"]
        ]
        begin = time.time()
        if not dynamic and schedule.get("start_schedule"):
            begin = datetime.fromisoformat(schedule["start_schedule"]).timestamp()
        for other in [key for key, value in self.known.items() if value["level"] == level and key != number]:
            del self.known[other]
        unit = schedule["charging_rate_unit"]
        assert unit in ("W", "A"), unit
        self.known[number] = {
            "level": level,
            "begin": begin,
            "duration": schedule.get("duration"),
            "periods": periods,
            "scale": 1 if unit == "W" else 230 * (schedule["charging_schedule_period"][0].get("number_phases") or 3),
        }

    def update(self, number, setpoint):
        if number not in self.known:
            return False
        self.known[number]["begin"] = time.time()
        self.known[number]["periods"] = [(0, float(setpoint))]
        return True

    def clear(self, number):
        if number is None:
            self.known = {}
            return True
        return self.known.pop(number, None) is not None

    def power(self):
        """Watts to follow now, or None where nothing is valid."""
        for profile in sorted(self.known.values(), key=lambda each: -each["level"]):
            age = time.time() - profile["begin"]
            if age < 0 or (profile["duration"] is not None and age >= profile["duration"]):
                continue
            begun = [value for start, value in profile["periods"] if start <= age]
            if begun:
                return begun[-1] * profile["scale"]
        return None


def handlers(version, row):
    """The station's class: `ocpp_station`'s with a stack of profiles in place of its last word."""
    if version == "1.6":
        from ocpp.v16 import call_result
    elif version == "2.0.1":
        from ocpp.v201 import call_result
    else:
        from ocpp.v21 import call_result
    is_v2g = row["kind"] == "v2g"

    class Station(peer.handlers(version)):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            self.car = Battery(row)
            self.profiles = Profiles()
            self.told = {"profiles": 0, "updates": 0, "clears": 0, "rejected": 0}

        def take(self, number, level, schedule, dynamic, transaction):
            """Whether the profile is acceptable; it counts from now on."""
            least = min(
                float(period.get("setpoint", period.get("limit", 0)))
                for period in schedule["charging_schedule_period"]
            )
            # The first profile may come right behind the answer that brings the transaction's id.
            fits = None in (transaction, self.car.transaction) or str(transaction) == str(self.car.transaction)
            if not fits or (least < 0 and not is_v2g):
                self.told["rejected"] += 1
                return "Rejected"
            self.profiles.put(number, level, schedule, dynamic)
            self.told["profiles"] += 1
            return "Accepted"

    if version == "1.6":

        class Station16(Station):
            @on("SetChargingProfile")
            async def profile(self, connector_id, cs_charging_profiles):
                given = cs_charging_profiles
                status = self.take(
                    given["charging_profile_id"], given["stack_level"], given["charging_schedule"], False,
                    given.get("transaction_id"),
                )
                return call_result.SetChargingProfile(status=status)

            @on("ClearChargingProfile")
            async def clear(self, id=None, **_):
                self.told["clears"] += 1
                return call_result.ClearChargingProfile(status="Accepted" if self.profiles.clear(id) else "Unknown")

        return Station16

    class Station2(Station):
        @on("SetChargingProfile")
        async def profile(self, evse_id, charging_profile):
            given = charging_profile
            status = self.take(
                given["id"], given["stack_level"], given["charging_schedule"][0],
                given["charging_profile_kind"] == "Dynamic", given.get("transaction_id"),
            )
            return call_result.SetChargingProfile(status=status)

        @on("ClearChargingProfile")
        async def clear(self, charging_profile_id=None, **_):
            self.told["clears"] += 1
            known = self.profiles.clear(charging_profile_id)
            return call_result.ClearChargingProfile(status="Accepted" if known else "Unknown")

    if version == "2.0.1":
        return Station2

    class Station21(Station2):
        @on("UpdateDynamicSchedule")
        async def update(self, charging_profile_id, schedule_update):
            self.told["updates"] += 1
            known = self.profiles.update(charging_profile_id, schedule_update["setpoint"])
            self.told["rejected"] += not known
            return call_result.UpdateDynamicSchedule(status="Accepted" if known else "Rejected")

    return Station21


def needs(version, row):
    """NotifyEVChargingNeeds as far as each version has it."""
    departure = datetime.now(timezone.utc) + timedelta(hours=float(row["hours"]))
    said = {"departure_time": departure.isoformat(timespec="seconds")}
    missing = (float(row["target"]) - float(row["soc"])) * CAPACITY / 100
    if version == "2.1":
        return said | {
            "requested_energy_transfer": "DC_BPT",
            "control_mode": "DynamicControl",
            "v2x_charging_parameters": {
                "max_charge_power": MAX_CHARGE,
                "max_discharge_power": MAX_DISCHARGE,
                "ev_target_energy_request": missing,
            },
        }
    return said | {
        "requested_energy_transfer": "DC",
        "dc_charging_parameters": {
            "ev_max_current": 30,
            "ev_max_voltage": 450,
            "state_of_charge": round(float(row["soc"])),
            "bulk_soc": round(float(row["target"])),
            "ev_energy_capacity": round(CAPACITY),
        },
    }


async def follow(version, station, row, stop):
    """The car follows ten times a second and is metered as often as the station was told to."""
    car, least, most, negative, number = station.car, 0.0, 0.0, 0, 1
    last = metered = time.monotonic()
    while not stop.is_set():
        await asyncio.sleep(0.1)
        now = time.monotonic()
        car.step(now - last)
        last = now
        wanted = station.profiles.power()
        floor = -MAX_DISCHARGE if row["kind"] == "v2g" else 0.0
        # A station that nobody told anything charges as its car likes.
        car.power = max(floor, min(MAX_CHARGE, MAX_CHARGE if wanted is None else wanted))
        least, most = min(least, car.power), max(most, car.power)
        if now - metered >= car.interval:
            metered = max(metered + car.interval, now - car.interval)
            await station_meter(version, station, number)
            negative += car.power < 0
            number += 1
    return number, {"leastWatts": least, "mostWatts": most, "meteredNegative": negative, "metered": number - 1}


async def station_meter(version, station, number):
    car = station.car
    if version == "1.6":
        from ocpp.v16 import call

        request = call.MeterValues(
            connector_id=1,
            transaction_id=car.transaction,
            meter_value=[{"timestamp": peer.now(), "sampled_value": peer.sampled(version, car)}],
        )
    else:
        request = peer.event(version, car, "Updated", "MeterValuePeriodic", number)
    await station.call(request, suppress=False)


async def live(url, row, stop):
    """One station from its boot to its car's leaving; whether all went well."""
    version, name = row["ocpp"], row["station"]
    token = base64.b64encode(f"{name}:{row['secret']}".encode()).decode()
    async with websockets.connect(
        f"{url}/{name}",
        subprotocols=[f"ocpp{version}"],
        additional_headers={"Authorization": f"Basic {token}"},
    ) as socket:
        assert socket.subprotocol == f"ocpp{version}", socket.subprotocol
        station = handlers(version, row)(name, socket)
        reader = asyncio.create_task(station.start())
        await peer.boot(version, station, "PY-V2G" if row["kind"] == "v2g" else "PY-CHARGE")
        # The station says what it can before a car comes.
        await asyncio.sleep(1.5)
        await peer.plug_in(version, station, None if version == "1.6" else needs(version, row))
        number, figures = await follow(version, station, row, stop)
        await peer.leave(version, station, number)
        reader.cancel()
        car = station.car
        peer.say(
            "summary",
            station=name,
            version=version,
            kind=row["kind"],
            exportedWh=round(car.exported - car.exported_at_start, 1),
            importedWh=round(car.imported - car.imported_at_start, 1),
            **station.told,
            **figures,
        )


async def main(options):
    with open(options.fleet, newline="") as file:
        rows = list(csv.DictReader(file))
    stop = asyncio.Event()
    # Whoever started us may have had signals blocked, and a child inherits that.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    asyncio.get_running_loop().call_later(options.seconds, stop.set)
    ends = await asyncio.gather(*(live(options.url, row, stop) for row in rows), return_exceptions=True)
    for row, end in zip(rows, ends):
        if end is not None:
            peer.say("gave-up", station=row["station"], version=row["ocpp"], why=repr(end))
    return 0 if all(end is None for end in ends) else 1


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--fleet", required=True)
    parser.add_argument("--seconds", type=float, default=200)
    sys.exit(asyncio.run(main(parser.parse_args())))
