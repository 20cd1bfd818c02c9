"""Who may have a credential: a table of what is known before, and of what stands at the address now."""

from dataclasses import replace
from ipaddress import ip_address

import pytest
from guarded_kit import device, sheet, visit

from scanner.credentials import Grant, Identity, Ledger, Withheld, grant
from scanner.credentials.traces import carries_credentials
from scanner.lab.guarded import Lock
from scanner.model import Place

MAC, OTHER = "44:19:b6:00:00:01", "3c:8c:f8:00:00:02"
SERIAL, ANOTHER = "DS-2CD2012-I20150201CCWR501088621", "DS-2CD2012-I20150201CCWR999999999"


class Store:
    """What a store would know."""

    def __init__(self, *identities):
        self.identities = identities

    def known(self, _device):
        return self.identities


def was(mac=MAC, serial="", maker="Hikvision", address="127.0.0.1"):
    macs = (mac,) if mac else ()
    return Identity(addresses=(ip_address(address),), macs=macs, serial=serial, maker=maker)


def may(tmp_path, who, *known, selector='maker = "Hikvision"'):
    return grant(who, sheet(tmp_path, selector), Ledger(), [Store(*known)])


@pytest.mark.parametrize(
    ("who", "known", "given"),
    [
        (device(), (), True),  # nobody was known there, and the entry says who
        (device(mac=MAC), (was(),), True),
        (device(mac=MAC, serial=SERIAL), (was(serial=SERIAL),), True),
        (device(mac=OTHER), (was(),), False),  # a stranger
        (device(), (was(),), False),  # it shows nothing of what was known
        (
            device(serial=SERIAL),
            (was(mac=""),),
            True,
        ),  # nothing was known that could be compared, the maker agrees
        (
            device(mac=MAC, serial=ANOTHER),
            (was(serial=SERIAL),),
            False,
        ),  # the MAC of one, the number of another
        (device(serial=SERIAL), (was(serial=SERIAL),), True),  # beyond a router: the number alone
        (device(serial=ANOTHER), (was(mac="", serial=SERIAL),), False),
        (device(maker="Dahua", mac=MAC), (was(),), None),  # no entry is for it
        (device(contested=True), (), None),
        (device(mac=MAC), (was(maker="Dahua"),), False),  # the same MAC, another maker
        (
            device(mac=MAC),
            (was(address="127.0.0.9"), was(mac=OTHER)),
            True,
        ),  # known, and moved to another's address
    ],
)
def test_who_gets_it(who, known, given, tmp_path):
    made = may(tmp_path, who, *known)
    assert {True: Grant, False: Withheld, None: type(None)}[given] is type(made)


@pytest.mark.parametrize("selector", ['address = "127.0.0.0/8"', 'zone = "east"'])
def test_where_alone_is_not_who(selector, tmp_path):
    who = replace(device(mac=MAC), place=Place(zone="east"))
    assert isinstance(may(tmp_path, who, selector=selector), Withheld)
    assert isinstance(may(tmp_path, who, was(), selector=selector), Grant)
    assert may(tmp_path, device("127.0.0.1"), selector='zone = "west"') is None


@pytest.mark.parametrize(
    ("selector", "given"),
    [
        ('mac = "44:19:b6"', True),
        ('mac = "44:19:b6:00:00:02"', False),
        ('maker = "Hikvision"\naddress = "127.0.0.0/24"', True),
        ('maker = "Hikvision"\naddress = "127.0.1.0/24"', False),
        (f'serial = "{SERIAL.lower()}"', True),
        ('brand = "Hikvision"', False),
        ('maker = ["Dahua", "Hikvision"]', True),
    ],
)
def test_selectors(selector, given, tmp_path):
    made = may(tmp_path, device(mac=MAC, serial=SERIAL), selector=selector)
    assert (made is not None) == given


def test_a_rogue_at_a_known_address_receives_nothing_in_any_form(tmp_path):
    """What the ledger learnt in one run protects the next; the rogue takes the owner's place and copies its answers."""
    ledger, credentials = tmp_path / "ledger.json", sheet(tmp_path)
    lock = Lock(user="census", password="Gh3im/n1s&ü%")
    honest, _, visits = visit(lock, credentials, device(mac=MAC), Ledger(ledger))
    assert visits[0].outcome == "accepted"
    rogue, _, visits = visit(lock, credentials, device(mac=OTHER), Ledger(ledger))
    assert visits[0].outcome == "withheld"
    assert "a stranger at a known address" in visits[0].why
    assert rogue.heard == []
    assert any(carries_credentials(heard) for heard in honest.heard)
