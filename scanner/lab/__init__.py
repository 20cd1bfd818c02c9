"""A building on real network machinery: recorded devices that speak for themselves, in namespaces of their own.

    run_inside("some.module:function")        # in a process and a network namespace of its own, without root
        with build(demo_building(folder)) as lab:
            …                                  # scan 192.0.2.0/24 and 198.51.100.0/24 from eth0
            lab.accounts()                     # what each device bore

`network` lays cables, `device` serves recordings, `moods` make them difficult, `tap` sees what really passed.
Linux only; nothing but pyroute2 is needed, and nothing is left behind.
"""

from scanner.lab.anyip import simulate_network
from scanner.lab.building import Building, building_of, demo_building
from scanner.lab.copies import copy_of, may_be_copied
from scanner.lab.device import Placed
from scanner.lab.guests import Guest
from scanner.lab.inside import run_inside
from scanner.lab.lab import Account, Lab, build
from scanner.lab.moods import Mood
from scanner.lab.network import FAR, NEAR, SCANNER, SCANNER_INTERFACE

__all__ = [
    "FAR",
    "NEAR",
    "SCANNER",
    "SCANNER_INTERFACE",
    "Account",
    "Building",
    "Guest",
    "Lab",
    "Mood",
    "Placed",
    "build",
    "building_of",
    "copy_of",
    "demo_building",
    "may_be_copied",
    "run_inside",
    "simulate_network",
]
