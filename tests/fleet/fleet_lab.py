"""A site of the fleet: a building in a network namespace of its own, and a sensor in it that works until killed.

`main` is called inside (see scanner.lab.inside); the centre's database is reached by its socket, which is a file.
"""

import json
import time
from ipaddress import IPv4Address
from pathlib import Path

from scanner.fleet.sensor import Sensor
from scanner.fleet.sites import Scanner
from scanner.fleet.spool import Spool
from scanner.lab import build, building_of, copy_of
from scanner.recordings import read_folder

ROOT = Path(__file__).resolve().parents[2]
NETWORK = "192.0.2.0/28"
"""The same in every building: addresses overlap."""
BUILDINGS = {
    "hall": ("axis-m1065-lw-9.80.1", "hikvision-ds-2cd2385g1-i-5.6.2"),
    "school": ("sony-snc-ch110-3.0.0", "dahua-ipc-hdw5421s-2.400"),
    "depot": ("canon-vb-s30d-1.3.3", "bosch-flexidome-indoor-5100i-ir-8.71"),
}
RECORDINGS = ROOT / "fixtures" / "devices"
SCOPE = """
site = "{site}"
networks = ["{network}"]
authorised_by = "the tests"
reference = "none"
valid_until = 2099-12-31
"""


def building(site: str):
    """Return the building of a site: its devices on the first addresses of the network."""
    recordings = (read_folder(RECORDINGS / name) for name in BUILDINGS[site])
    return building_of(
        copy_of(one, one.name, IPv4Address("192.0.2.3") + number) for number, one in enumerate(recordings)
    )


def main(site: str, url: str, folder: str, seconds: str) -> int:
    """Be a site: look at the centre again and again, for some seconds; a log says what happened."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    scope = place / "scope.toml"
    scope.write_text(SCOPE.format(site=site, network=NETWORK))
    scanner = Scanner(
        site=site,
        scope=scope,
        sensor=f"{site}-1",
        profile="quick",
        timing="fast",
        audit_log=place / "audit.jsonl",
    )
    with build(building(site)), (place / "log").open("a") as log:

        def say(sentence: str) -> None:
            log.write(f"{time.time():.1f} {sentence}\n")
            log.flush()

        sensor = Sensor(f"{site}-1", site, url, Spool(place / "spool"), scanner, say)
        say("up")
        end = time.monotonic() + float(seconds)
        while time.monotonic() < end:
            sensor.look()
            time.sleep(0.3)
    return 0


def audited(folder: Path) -> list[dict[str, object]]:
    """Return the runs that a site's audit log tells of."""
    try:
        return [json.loads(line) for line in (folder / "audit.jsonl").read_text().splitlines()]
    except OSError:
        return []
