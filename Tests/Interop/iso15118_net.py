"""Two network namespaces with a cable between them: one for the charging station's end, one for the car's.

usage: iso15118_net.py      makes and removes them; prints why that cannot be done here, and exits 1
"""
import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
import time

CLONE_NEWNET = 0x40000000


class Absent(Exception):
    """The machine lacks what the peer needs."""


def ip(*arguments):
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise Absent(f"`ip {' '.join(arguments)}` says: {done.stderr.strip()}")
    return done.stdout


class Cable:
    """Names of both namespaces and interfaces; an interface's name has at most 15 characters."""

    def __init__(self, number):
        self.station, self.car = f"headroom-secc-{number}", f"headroom-evcc-{number}"
        self.station_port, self.car_port = f"hs{number}", f"he{number}"

    def make(self):
        for name in (self.station, self.car):
            ip("netns", "add", name)
        ip("link", "add", self.station_port, "type", "veth", "peer", "name", self.car_port)
        ip("link", "set", self.station_port, "netns", self.station)
        ip("link", "set", self.car_port, "netns", self.car)
        for name, port in ((self.station, self.station_port), (self.car, self.car_port)):
            ip("-n", name, "link", "set", "lo", "up")
            ip("-n", name, "link", "set", port, "up")

    def wait(self, seconds=15):
        """Until both ends have an IPv6 link-local address that is no longer tentative."""
        end = time.monotonic() + seconds
        for name, port in ((self.station, self.station_port), (self.car, self.car_port)):
            while True:
                shown = ip("-n", name, "-6", "address", "show", "dev", port, "scope", "link")
                if "fe80" in shown and "tentative" not in shown:
                    break
                if time.monotonic() > end:
                    raise Absent("no IPv6 link-local address comes up on a veth pair")
                time.sleep(0.2)

    def remove(self):
        for name in (self.station, self.car):
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)

    def enter_station(self):
        """This thread and those that it starts move; sockets that are open stay where they were opened."""
        with open(f"/var/run/netns/{self.station}") as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET) != 0:
                raise Absent(f"setns says: {os.strerror(ctypes.get_errno())}")


@contextlib.contextmanager
def cable():
    for program in ("ip", "java"):
        if shutil.which(program) is None:
            raise Absent(f"no `{program}` here: `ops/setup test` installs it")
    made = Cable(os.getpid())
    try:
        made.make()
        made.wait()
        yield made
    finally:
        made.remove()


if __name__ == "__main__":
    try:
        with cable():
            pass
    except Absent as absent:
        print(absent)
        sys.exit(1)
