"""A frequency meter by PyPI pymodbus: a float of Hz in input registers 19050 and 19051.

usage: modbus_meter.py PORT FILE
FILE holds what the meter does, read at each question: a number in Hz, `silent`, or `refuse`.
"""
import asyncio
import struct
import sys

from pymodbus.constants import ExcCodes
from pymodbus.server import StartAsyncTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

port, path = int(sys.argv[1]), sys.argv[2]


async def measure(_function, start, _address, _count, registers, _values):
    with open(path) as file:
        word = file.read().strip()
    if word == "silent":
        await asyncio.sleep(30)
    if word == "refuse":
        return ExcCodes.DEVICE_BUSY
    high, low = struct.unpack(">HH", struct.pack(">f", float(word)))
    registers[19050 - start], registers[19051 - start] = high, low
    return None


device = SimDevice(1, simdata=[SimData(19050, count=2, values=0, datatype=DataType.REGISTERS)], action=measure)
asyncio.run(StartAsyncTcpServer(device, address=("127.0.0.1", port)))
