"""A car on the wire: PyPI `iso15118` 0.31.2 as station (SECC) and as car (EVCC), PyPI `ocpp` 2.1.0 towards Headroom.

usage: iso15118_peer.py --url ws://127.0.0.1:PORT/ocpp --id EV1 --password SECRET --token CAR [--stay 300]
Needs root (two network namespaces), iproute2 and Java. Bidirectional DC in Dynamic control mode. What the car asks
for in its ISO messages goes to the central system as NotifyEVChargingNeeds; the set-point of the highest valid
profile, moved by UpdateDynamicSchedule, goes into the next charge-loop response, and the meter integrates it.
Prints JSON lines; exits 0 when the car ended the session at its target.
"""
import argparse
import asyncio
import base64
import concurrent.futures
import json
import logging
import os
import pathlib
import signal
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone

import websockets
from iso15118.secc import SECCHandler
from iso15118.secc.controller.interface import ServiceStatus
from iso15118.secc.controller.simulator import SimEVSEController
from iso15118.secc.secc_settings import Config
from iso15118.shared.exificient_exi_codec import ExificientEXICodec
from iso15118.shared.messages.iso15118_20.common_messages import ServiceParameterList
from iso15118.shared.messages.iso15118_20.common_types import RationalNumber
from iso15118.shared.messages.iso15118_20.dc import BPTDCChargeParameterDiscoveryResParams
from ocpp.v21 import call

import iso15118_net
import ocpp_chain_station as chain
import ocpp_station as peer

VOLTAGE, MOST, CAPACITY = 400, 11_000, 6_000
HERE = pathlib.Path(__file__).parent


class Glue:
    """One car's transaction towards the central system."""

    def __init__(self, station):
        self.station, self.car = station, station.car
        self.number = 0
        self.needs, self.least, self.most = None, 0.0, 0.0
        self.metered, self.metered_negative = 0, 0
        self.at, self.loop_at = time.monotonic(), None
        self.orders = asyncio.Lock()

    async def event(self, kind, trigger, token=False):
        async with self.orders:
            request = peer.event("2.1", self.car, kind, trigger, self.number, token=token)
            self.number += 1
            return await self.station.call(request, suppress=False)

    async def begin(self):
        self.car.transaction = f"iso-{os.getpid()}"
        answer = await self.event("Started", "Authorized", token=True)
        assert answer.id_token_info["status"] == "Accepted", answer
        peer.say("begun", transaction=self.car.transaction)

    async def tell_needs(self, context):
        """What the car said in ChargeParameterDiscoveryReq and ScheduleExchangeReq, as OCPP spells it."""
        rated = context.rated_limits.dc_limits
        departure = datetime.now(timezone.utc) + timedelta(seconds=context.departure_time)
        said = {
            "max_charge_power": rated.max_charge_power,
            "min_charge_power": rated.min_charge_power,
            "max_discharge_power": rated.max_discharge_power,
            "min_discharge_power": rated.min_discharge_power,
            "max_charge_current": rated.max_charge_current,
            "max_discharge_current": rated.max_discharge_current,
            "max_voltage": rated.max_voltage,
            "min_voltage": rated.min_voltage,
            "ev_target_energy_request": context.target_energy_request,
            "ev_min_energy_request": context.min_energy_request,
            "ev_max_energy_request": context.max_energy_request,
            "target_so_c": context.target_soc,
        }
        self.needs = {key: value for key, value in said.items() if value is not None}
        request = call.NotifyEVChargingNeeds(
            evse_id=1,
            charging_needs={
                "departure_time": departure.isoformat(timespec="seconds"),
                "requested_energy_transfer": "DC_BPT",
                "control_mode": "DynamicControl",
                "mobility_needs_mode": "EVCC",
                "v2x_charging_parameters": self.needs,
            },
        )
        async with self.orders:
            answer = await self.station.call(request, suppress=False)
        peer.say("needs", status=answer.status, **self.needs)
        assert answer.status in ("Accepted", "Processing"), answer

    def integrate(self):
        """The meter: power since the last look; a loop that stands still for 5 s means that the contactor is open."""
        now = time.monotonic()
        if self.loop_at is None or now - self.loop_at > 5:
            self.car.power = 0.0
        peer.Car.step(self.car, now - self.at)
        self.at = now

    def loop(self, context):
        """Power of the next loop: the set-point inside what car and station can."""
        self.integrate()
        self.loop_at = time.monotonic()
        limits = context.session_limits.dc_limits
        wanted = self.station.profiles.power()
        ceiling = min(MOST, float(limits.max_charge_power))
        floor = -min(MOST, float(limits.max_discharge_power))
        self.car.power = max(floor, min(ceiling, ceiling if wanted is None else wanted))
        if context.present_soc is not None:
            self.car.soc = float(context.present_soc)
        self.least, self.most = min(self.least, self.car.power), max(self.most, self.car.power)
        return self.car.power

    async def keep_metering(self):
        while True:
            await asyncio.sleep(self.car.interval)
            self.integrate()
            if self.loop_at is None or self.car.transaction is None:
                continue
            if time.monotonic() - self.loop_at > 45:
                raise RuntimeError("the car has been silent for 45 s without an end of its session")
            self.metered += 1
            self.metered_negative += self.car.power < 0
            await self.event("Updated", "MeterValuePeriodic")
            peer.say("metered", watts=round(self.car.power), soc=self.car.soc, told=self.station.profiles.power())


class Charger(SimEVSEController):
    """The package's simulated EVSE, with power that obeys OCPP."""

    def __init__(self, glue):
        super().__init__()
        self.glue, self.asked = glue, None
        self.asked_at = 0.0
        self.evse_data_context.present_voltage, self.evse_data_context.present_current = VOLTAGE, 0

    async def is_authorized(self, *arguments, **named):
        if self.glue.car.transaction is None:
            await self.glue.begin()
        return await super().is_authorized(*arguments, **named)

    async def get_service_parameter_list(self, service_id):
        """The car takes the first: Dynamic (2), with the mobility needs that the car says (1)."""
        offered = await super().get_service_parameter_list(service_id)

        def rank(parameters):
            said = {each.name: each.int_value for each in parameters.parameters}
            return (said["ControlMode"] != 2, said["MobilityNeedsMode"] != 1)

        return ServiceParameterList(parameter_sets=sorted(offered.parameter_sets, key=rank))

    async def get_dc_charge_params_v20(self, energy_service):
        number = RationalNumber.get_rational_repr
        return BPTDCChargeParameterDiscoveryResParams(
            evse_max_charge_power=number(MOST),
            evse_min_charge_power=number(0),
            evse_max_charge_current=number(MOST / VOLTAGE),
            evse_min_charge_current=number(0),
            evse_max_voltage=number(500),
            evse_min_voltage=number(200),
            evse_max_discharge_power=number(MOST),
            evse_min_discharge_power=number(0),
            evse_max_discharge_current=number(MOST / VOLTAGE),
            evse_min_discharge_current=number(0),
        )

    async def get_dynamic_se_params(self, selected_energy_service, schedule_exchange_req):
        """The needs are known now; they are told once, and what the car wants is what the station answers."""
        if self.asked is None:
            self.asked = asyncio.create_task(self.glue.tell_needs(self.ev_data_context))
            self.asked_at = time.monotonic()
        answer = await super().get_dynamic_se_params(selected_energy_service, schedule_exchange_req)
        answer.departure_time = self.ev_data_context.departure_time
        answer.min_soc, answer.target_soc = self.ev_data_context.min_soc, self.ev_data_context.target_soc
        return answer

    def ready_to_charge(self):
        """ScheduleExchange is `Ongoing` until a profile is there, as long as the specification allows: 60 s."""
        is_told = self.asked is not None and self.asked.done() and self.glue.station.profiles.power() is not None
        return is_told or (self.asked is not None and time.monotonic() - self.asked_at > 50)

    async def get_dc_charge_loop_params_v20(self, control_mode, selected_service):
        power = self.glue.loop(self.ev_data_context)
        limits = self.evse_data_context.session_limits.dc_limits
        limits.max_charge_power = limits.min_charge_power = max(power, 0)
        limits.max_discharge_power = limits.min_discharge_power = max(-power, 0)
        self.evse_data_context.present_current = power / VOLTAGE
        return await super().get_dc_charge_loop_params_v20(control_mode, selected_service)


async def start_car(cable, options, folder):
    path = pathlib.Path(folder) / "car.json"
    path.write_text(json.dumps({
        "supportedProtocols": ["ISO_15118_20_DC"],
        "supportedEnergyServices": ["DC_BPT"],
        "isCertInstallNeeded": False,
        "useTls": False,
        "chargeLoopCycle": 1_000_000,
        "car": {
            "capacityWh": CAPACITY, "soc": options.soc, "targetSoc": options.target, "minSoc": 20,
            "stayS": options.stay, "maxW": MOST,
        },
    }))
    return await asyncio.create_subprocess_exec(
        "ip", "netns", "exec", cable.car, sys.executable, str(HERE / "iso15118_car.py"), str(path),
        env={**os.environ, "NETWORK_INTERFACE": cable.car_port}, cwd=folder, stdout=asyncio.subprocess.PIPE,
    )


async def one_session(cable, options, glue, folder):
    """From the plug to the car's last word; its summary, or None where it had none."""
    charger = Charger(glue)
    await charger.set_status(ServiceStatus.STARTING)
    os.environ |= {
        "NETWORK_INTERFACE": cable.station_port, "PROTOCOLS": "ISO_15118_20_DC", "AUTH_MODES": "EIM",
        "SECC_ENFORCE_TLS": "False",
    }
    config = Config()
    config.load_envs()
    handler = SECCHandler(exi_codec=ExificientEXICodec(), evse_controller=charger, config=config)
    secc = asyncio.create_task(handler.start(config.iface))
    car = await start_car(cable, options, folder)
    said = asyncio.create_task(car.communicate())
    meter = asyncio.create_task(glue.keep_metering())
    try:
        done, _ = await asyncio.wait({secc, said, meter}, return_when=asyncio.FIRST_COMPLETED)
        if said not in done:
            await next(iter(done))
            return None
        lines = [json.loads(line) for line in said.result()[0].decode().splitlines() if line.startswith('{"event"')]
        return lines[-1] if lines else None
    finally:
        for task in (meter, secc):
            task.cancel()
        if car.returncode is None:
            car.terminate()
        await asyncio.wait({said}, timeout=5)


async def main(options):
    row = {"kind": "v2g", "token": options.token, "soc": options.soc, "target": options.target}
    login = base64.b64encode(f"{options.id}:{options.password}".encode()).decode()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)
    async with websockets.connect(
        f"{options.url}/{options.id}", subprotocols=["ocpp2.1"],
        additional_headers={"Authorization": f"Basic {login}"},
    ) as socket:
        station = chain.handlers("2.1", row)(options.id, socket)
        reader = asyncio.create_task(station.start())
        await peer.boot("2.1", station)
        glue = Glue(station)
        with iso15118_net.cable() as cable, tempfile.TemporaryDirectory() as folder:
            cable.enter_station()
            # A thread that looked up the worker's name is still where it was.
            asyncio.get_running_loop().set_default_executor(concurrent.futures.ThreadPoolExecutor())
            car = await one_session(cable, options, glue, folder)
        if glue.car.transaction is not None:
            glue.integrate()
            glue.car.power = 0.0
            await glue.event("Ended", "EVDeparted")
        reader.cancel()
        battery = glue.car
        peer.say(
            "summary", station=options.id, car=car, needs=glue.needs, leastWatts=glue.least, mostWatts=glue.most,
            metered=glue.metered, meteredNegative=glue.metered_negative, **station.told,
            exportedWh=round(battery.exported - battery.exported_at_start, 1),
            importedWh=round(battery.imported - battery.imported_at_start, 1),
        )
        return 0 if car and car["soc"] >= car["targetSoc"] else 1


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--id", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--soc", type=float, default=50.0)
    parser.add_argument("--target", type=int, default=54)
    parser.add_argument("--stay", type=float, default=300)
    sys.exit(asyncio.run(main(parser.parse_args())))
