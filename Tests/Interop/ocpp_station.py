"""A charging station on PyPI `ocpp` 2.1.0: boots, plugs a car in, says what it needs, obeys setpoints, meters.

usage: ocpp_station.py --url ws://127.0.0.1:PORT/ocpp --id CP1 --password SECRET --ocpp 2.1|2.0.1|1.6 [--seconds 20]
The package checks every call against its schemas, and so what we send. Prints one JSON line per event and exits
0 once the car was discharged by a setpoint and the discharge was metered and acknowledged.
"""
import argparse
import asyncio
import base64
import json
import sys
from datetime import datetime, timedelta, timezone

import websockets
from ocpp.routing import on

VENDOR, MODEL, TOKEN = "Interop Peer", "PY-V2G", "PEER-CAR"


def now():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def say(event, **facts):
    print(json.dumps({"event": event, **facts}), flush=True)


class Car:
    """What stands at the station: follows the setpoint at once."""

    def __init__(self):
        self.power = 0.0
        self.soc = 63.0
        self.token = TOKEN
        self.imported = 1000.0
        self.exported = 2000.0
        self.interval = 10
        self.transaction = None

    def step(self, seconds):
        energy = self.power * seconds / 3600
        if energy > 0:
            self.imported += energy
        else:
            self.exported -= energy


def handlers(version):
    """The station's class for the version, with what it answers."""
    if version == "1.6":
        from ocpp.v16 import ChargePoint, call_result
    elif version == "2.0.1":
        from ocpp.v201 import ChargePoint, call_result
    else:
        from ocpp.v21 import ChargePoint, call_result

    class Station(ChargePoint):
        car = Car()

        def follow(self, power):
            self.car.power = float(power)
            say("setpoint", watts=float(power))

        @on("TriggerMessage")
        async def trigger(self, **_):
            return call_result.TriggerMessage(status="NotImplemented")

        @on("ClearChargingProfile")
        async def clear(self, **_):
            return call_result.ClearChargingProfile(status="Accepted")

    if version == "1.6":

        class Station16(Station):
            @on("ChangeConfiguration")
            async def change(self, key, value):
                if key == "MeterValueSampleInterval":
                    self.car.interval = int(value)
                return call_result.ChangeConfiguration(status="Accepted")

            @on("GetConfiguration")
            async def configuration(self, **_):
                return call_result.GetConfiguration(
                    configuration_key=[
                        {"key": "ChargeProfileMaxStackLevel", "readonly": True, "value": "10"}
                    ]
                )

            @on("SetChargingProfile")
            async def profile(self, connector_id, cs_charging_profiles):
                if cs_charging_profiles["stack_level"] > 0:
                    period = cs_charging_profiles["charging_schedule"]["charging_schedule_period"][0]
                    self.follow(period["limit"])
                return call_result.SetChargingProfile(status="Accepted")

        return Station16

    class Station2(Station):
        @on("SetVariables")
        async def set_variables(self, set_variable_data):
            results = []
            for item in set_variable_data:
                if item["variable"]["name"] == "TxUpdatedInterval":
                    self.car.interval = int(item["attribute_value"])
                results.append(
                    {
                        "attribute_status": "Accepted",
                        "component": item["component"],
                        "variable": item["variable"],
                    }
                )
            return call_result.SetVariables(set_variable_result=results)

        @on("GetVariables")
        async def get_variables(self, get_variable_data):
            known = {
                "SupportedOperationModes": "ChargingOnly,CentralSetpoint,CentralFrequency",
                "Available": "true",
                "Enabled": "true",
                "SupportsDynamicProfiles": "true",
            }
            results = []
            for item in get_variable_data:
                value = known.get(item["variable"]["name"])
                result = {
                    "attribute_status": "Accepted" if value else "UnknownVariable",
                    "component": item["component"],
                    "variable": item["variable"],
                }
                if value:
                    result["attribute_value"] = value
                results.append(result)
            return call_result.GetVariables(get_variable_result=results)

        @on("GetBaseReport")
        async def report(self, **_):
            return call_result.GetBaseReport(status="NotSupported")

        @on("SetChargingProfile")
        async def profile(self, evse_id, charging_profile):
            period = charging_profile["charging_schedule"][0]["charging_schedule_period"][0]
            if charging_profile["stack_level"] > 0:
                self.follow(period.get("setpoint", period.get("limit", 0)))
            return call_result.SetChargingProfile(status="Accepted")

    if version == "2.0.1":
        return Station2

    class Station21(Station2):
        @on("UpdateDynamicSchedule")
        async def update(self, charging_profile_id, schedule_update):
            self.follow(schedule_update["setpoint"])
            return call_result.UpdateDynamicSchedule(status="Accepted")

    return Station21


def sampled(version, car):
    def value(measurand, number, unit):
        if version == "1.6":
            return {"measurand": measurand, "value": str(round(number)), "unit": unit}
        return {"measurand": measurand, "value": round(number), "unit_of_measure": {"unit": unit}}

    return [
        value("Power.Active.Import", max(car.power, 0), "W"),
        value("Power.Active.Export", max(-car.power, 0), "W"),
        value("Energy.Active.Import.Register", car.imported, "Wh"),
        value("Energy.Active.Export.Register", car.exported, "Wh"),
        value("SoC", car.soc, "Percent"),
    ]


async def boot(version, station, model=MODEL):
    if version == "1.6":
        from ocpp.v16 import call

        request = call.BootNotification(charge_point_vendor=VENDOR, charge_point_model=model)
    else:
        from ocpp.v201 import call

        request = call.BootNotification(
            reason="PowerUp", charging_station={"vendor_name": VENDOR, "model": model}
        )
    answer = await station.call(request, suppress=False)
    say("boot", status=answer.status)
    assert answer.status == "Accepted"


def ordinary_needs(version):
    departure = (datetime.now(timezone.utc) + timedelta(hours=8)).isoformat()
    if version == "2.1":
        return {
            "departure_time": departure,
            "requested_energy_transfer": "DC_BPT",
            "control_mode": "DynamicControl",
            "v2x_charging_parameters": {
                "max_charge_power": 11000,
                "max_discharge_power": 10000,
                "ev_target_energy_request": 18000,
                "target_so_c": 80,
            },
        }
    return {
        "departure_time": departure,
        "requested_energy_transfer": "DC",
        "dc_charging_parameters": {
            "ev_max_current": 30,
            "ev_max_voltage": 450,
            "state_of_charge": 63,
            "ev_energy_capacity": 60000,
        },
    }


async def plug_in(version, station, needs=None):
    """Begins a transaction; 2.x then says what the car needs: `needs`, or what an ordinary car would."""
    car = station.car
    if version == "1.6":
        from ocpp.v16 import call

        answer = await station.call(call.Authorize(id_tag=car.token), suppress=False)
        assert answer.id_tag_info["status"] == "Accepted"
        answer = await station.call(
            call.StartTransaction(
                connector_id=1, id_tag=car.token, meter_start=round(car.imported), timestamp=now()
            ),
            suppress=False,
        )
        car.transaction = answer.transaction_id
    else:
        from ocpp.v201 import call

        car.transaction = f"{version}-peer"
        answer = await station.call(
            event(version, car, "Started", "Authorized", 0, token=True), suppress=False
        )
        assert answer.id_token_info["status"] == "Accepted"
        if version == "2.1":
            from ocpp.v21 import call
        answer = await station.call(
            call.NotifyEVChargingNeeds(evse_id=1, charging_needs=needs or ordinary_needs(version)),
            suppress=False,
        )
        say("needs", status=answer.status)
    say("plugged", transaction=car.transaction)


def event(version, car, kind, trigger, number, token=False, meter=True):
    if version == "2.1":
        from ocpp.v21 import call
    else:
        from ocpp.v201 import call
    fields = {
        "event_type": kind,
        "timestamp": now(),
        "trigger_reason": trigger,
        "seq_no": number,
        "transaction_info": {"transaction_id": car.transaction},
        "evse": {"id": 1},
    }
    if token:
        fields["id_token"] = {"id_token": car.token, "type": "eMAID"}
    if meter:
        fields["meter_value"] = [{"timestamp": now(), "sampled_value": sampled(version, car)}]
    return call.TransactionEvent(**fields)


async def meter(version, station, number):
    car = station.car
    power = car.power
    if version == "1.6":
        from ocpp.v16 import call

        request = call.MeterValues(
            connector_id=1,
            transaction_id=car.transaction,
            meter_value=[{"timestamp": now(), "sampled_value": sampled(version, car)}],
        )
    else:
        request = event(version, car, "Updated", "MeterValuePeriodic", number)
    await station.call(request, suppress=False)
    say("metered", watts=power)
    return power < 0


async def leave(version, station, number):
    car = station.car
    if version == "1.6":
        from ocpp.v16 import call

        await station.call(
            call.StopTransaction(
                transaction_id=car.transaction, meter_stop=round(car.imported), timestamp=now()
            ),
            suppress=False,
        )
    else:
        await station.call(event(version, car, "Ended", "EVDeparted", number), suppress=False)
    say("unplugged")


async def main(options):
    token = base64.b64encode(f"{options.id}:{options.password}".encode()).decode()
    async with websockets.connect(
        f"{options.url}/{options.id}",
        subprotocols=[f"ocpp{options.ocpp}"],
        additional_headers={"Authorization": f"Basic {token}"},
    ) as socket:
        assert socket.subprotocol == f"ocpp{options.ocpp}", socket.subprotocol
        station = handlers(options.ocpp)(options.id, socket)
        reader = asyncio.create_task(station.start())
        await boot(options.ocpp, station)
        await plug_in(options.ocpp, station)
        number, was_discharged = 1, 0
        loop = asyncio.get_running_loop()
        end = loop.time() + options.seconds
        while loop.time() < end and was_discharged < 2:
            await asyncio.sleep(min(station.car.interval, 1))
            station.car.step(min(station.car.interval, 1))
            was_discharged += await meter(options.ocpp, station, number)
            number += 1
        await leave(options.ocpp, station, number)
        reader.cancel()
        return 0 if was_discharged else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--id", required=True)
    parser.add_argument("--password", default="")
    parser.add_argument("--ocpp", choices=["1.6", "2.0.1", "2.1"], default="2.1")
    parser.add_argument("--seconds", type=float, default=20)
    sys.exit(asyncio.run(main(parser.parse_args())))
