"""The car's end: PyPI `iso15118`'s EVCC and its simulated controller, with a battery in place of its placeholders.

usage: NETWORK_INTERFACE=veth iso15118_car.py CAR.json
CAR.json is the package's own configuration and beside it capacityWh, soc, targetSoc, minSoc, stayS, maxW.
The battery moves with the current that the station says flows; at its target, or when its stay ends, the car stops
the session as ISO 15118-20 wants it. The last line printed is a JSON summary.
"""
import asyncio
import json
import sys
import time

from iso15118.evcc import Config, EVCCHandler
from iso15118.evcc.controller.simulator import SimEVController
from iso15118.evcc.evcc_config import load_from_file
from iso15118.evcc.states import iso15118_20_states as states
from iso15118.evcc.states.iso15118_20_states import DCChargeLoop
from iso15118.shared.exificient_exi_codec import ExificientEXICodec
from iso15118.shared.messages.iso15118_20.common_messages import DynamicScheduleExchangeReqParams
from iso15118.shared.messages.iso15118_20.common_types import DisplayParameters, RationalNumber
from iso15118.shared.messages.iso15118_20.dc import (
    BPTDCChargeParameterDiscoveryReqParams,
    BPTDynamicDCChargeLoopReqParams,
    DCChargeLoopRes,
)

VOLTAGE = 400


def number(value):
    return RationalNumber.get_rational_repr(value)


class Car(SimEVController):
    """What the package asks of a car, answered from a battery."""

    def __init__(self, config, facts):
        super().__init__(config)
        self.capacity, self.soc, self.target = facts["capacityWh"], float(facts["soc"]), facts["targetSoc"]
        self.minimum, self.most = facts["minSoc"], facts["maxW"]
        self.leaves = time.time() + facts["stayS"]
        self.power, self.felt_at = 0.0, None
        self.charged, self.discharged, self.loops, self.start = 0.0, 0.0, 0, self.soc

    def feel(self, response):
        """The station's words about the current that flows, once a loop."""
        now = time.monotonic()
        if self.felt_at is not None:
            energy = self.power * (now - self.felt_at) / 3600
            self.soc += energy / self.capacity * 100
            self.charged += max(energy, 0)
            self.discharged += max(-energy, 0)
        self.felt_at = now
        self.loops += 1
        self.power = float(
            response.evse_present_current.get_decimal_value() * response.evse_present_voltage.get_decimal_value()
        )

    def missing(self, level):
        return (level - self.soc) * self.capacity / 100

    async def continue_charging(self):
        return self.soc < self.target and time.time() < self.leaves

    async def is_charging_complete(self):
        return self.soc >= self.target

    async def get_charge_params_v20(self, selected_service):
        return BPTDCChargeParameterDiscoveryReqParams(
            ev_max_charge_power=number(self.most),
            ev_min_charge_power=number(0),
            ev_max_charge_current=number(self.most / VOLTAGE),
            ev_min_charge_current=number(0),
            ev_max_voltage=number(450),
            ev_min_voltage=number(300),
            ev_max_discharge_power=number(self.most),
            ev_min_discharge_power=number(0),
            ev_max_discharge_current=number(self.most / VOLTAGE),
            ev_min_discharge_current=number(0),
        )

    async def get_dynamic_se_params(self, selected_energy_service):
        return DynamicScheduleExchangeReqParams(
            departure_time=max(1, round(self.leaves - time.time())),
            min_soc=self.minimum,
            target_soc=self.target,
            ev_target_energy_request=number(round(self.missing(self.target))),
            ev_max_energy_request=number(round(self.missing(100))),
            ev_min_energy_request=number(round(self.missing(self.minimum))),
            ev_max_v2x_energy_request=number(round(self.missing(95))),
            ev_min_v2x_energy_request=number(round(self.missing(self.minimum))),
        )

    async def get_bpt_dynamic_dc_charge_loop_params(self):
        return BPTDynamicDCChargeLoopReqParams(
            ev_target_energy_request=number(round(self.missing(self.target))),
            ev_max_energy_request=number(round(self.missing(100))),
            ev_min_energy_request=number(round(self.missing(self.minimum))),
            ev_max_charge_power=number(self.most),
            ev_min_charge_power=number(0),
            ev_max_charge_current=number(self.most / VOLTAGE),
            ev_max_voltage=number(450),
            ev_min_voltage=number(300),
            ev_max_discharge_power=number(self.most),
            ev_min_discharge_power=number(0),
            ev_max_discharge_current=number(self.most / VOLTAGE),
        )

    async def get_present_voltage(self):
        return number(VOLTAGE)

    async def get_target_voltage(self):
        return number(VOLTAGE)

    async def get_display_params(self):
        return DisplayParameters(
            present_soc=int(self.soc),
            min_soc=self.minimum,
            target_soc=self.target,
            charging_complete=await self.is_charging_complete(),
            battery_energy_capacity=number(self.capacity),
        )


def feel_each_loop():
    """The package hands no charge-loop response to the controller: ours is told ahead of the package's own step."""
    own = DCChargeLoop.process_message

    async def process(self, message, message_exi=None):
        if isinstance(message, DCChargeLoopRes):
            self.comm_session.ev_controller.feel(message)
        await own(self, message, message_exi)

    DCChargeLoop.process_message = process


class Patience:
    """The standard's time-outs, 0.5 s for a charge loop: EXI in Java on a busy machine may need longer."""

    def __getattr__(self, name):
        return max(20, getattr(OWN_TIMEOUTS, name))


OWN_TIMEOUTS = states.Timeouts


async def main(path):
    settings = Config()
    settings.load_envs()
    config = await load_from_file(path)
    with open(path) as file:
        car = Car(config, json.load(file)["car"])
    feel_each_loop()
    states.Timeouts = Patience()
    try:
        await EVCCHandler(
            evcc_config=config, iface=settings.iface, exi_codec=ExificientEXICodec(), ev_controller=car
        ).start()
    finally:
        figures = {
            "event": "car", "startSoc": car.start, "soc": round(car.soc, 2), "targetSoc": car.target,
            "chargedWh": round(car.charged, 1), "dischargedWh": round(car.discharged, 1), "loops": car.loops,
        }
        print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
