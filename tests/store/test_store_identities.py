"""Who is who from run to run: each thing that happens to a device over the years, as a table of truth."""

from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Attribute, Conclusion, Device
from scanner.store.identities import known_by, lasting, match

MAC, OTHER_MAC, THIRD_MAC = "44:19:b6:00:00:01", "44:19:b6:00:00:02", "44:19:b6:00:00:03"
RANDOM_MAC = "02:19:b6:00:00:01"


def thing(
    name="n",
    mac=None,
    serial=None,
    address="192.0.2.10",
    model="DS-1",
    maker="Hikvision",
    kind="camera",
    **more,
):
    said = {Attribute.MODEL: model, Attribute.MAKER: maker, Attribute.SERIAL: serial, **more}
    return Device(
        id=name,
        kind=kind,
        addresses=(ip_address(address),) if address else (),
        macs=(mac,) if mac else (),
        conclusions={a: Conclusion(value=v, confidence=0.9) for a, v in said.items() if v},
    )


def known(*devices):
    return [known_by(device) for device in devices]


OLD = thing("old", MAC, "DS-1-1234567890")
SAME = {
    "a quiet night": thing("n", MAC, "DS-1-1234567890"),
    "a new lease": thing("n", MAC, "DS-1-1234567890", address="192.0.2.99"),
    "new firmware": thing("n", MAC, "DS-1-1234567890", **{Attribute.FIRMWARE: "V9"}),
    "a factory reset": thing("n", MAC, None, address="192.168.1.64", model="", maker=""),
    "routed, no MAC, same serial": thing("n", None, "DS-1-1234567890", address="10.9.9.9"),
    "routed, no MAC, no serial, same place and likeness": thing("n", None, None),
    "a second network card, same serial": thing("n", None, "DS-1-1234567890"),
    "a random MAC at the same place": thing("n", RANDOM_MAC, None),
}
ANOTHER = {
    "replaced at the same address": thing("n", OTHER_MAC, "DS-1-0987654321"),
    "replaced by the same model, serial unsaid": thing("n", OTHER_MAC, None),
    "routed, another serial at the same address": thing("n", None, "DS-1-0987654321"),
    "another model at the same address, no keys": thing("n", None, None, model="DS-2"),
    "another address, no keys": thing("n", None, None, address="192.0.2.11"),
    "the same serial on another MAC": thing("n", OTHER_MAC, "DS-1-1234567890"),
}


@pytest.mark.parametrize("new", SAME.values(), ids=SAME)
def test_it_is_the_same_device(new):
    assert match(known(OLD), [new]) == {"n": "old"}


@pytest.mark.parametrize("new", ANOTHER.values(), ids=ANOTHER)
def test_it_is_another_device(new):
    assert match(known(OLD), [new]) != {"n": "old"}


def test_two_of_one_model_that_are_swapped_stay_who_they_are():
    one, two = thing("1", MAC), thing("2", OTHER_MAC, address="192.0.2.11")
    swapped = [thing("a", MAC, address="192.0.2.11"), thing("b", OTHER_MAC, address="192.0.2.10")]
    assert match(known(one, two), swapped) == {"a": "1", "b": "2"}


def test_a_key_that_two_devices_share_decides_nothing():
    twins = [
        thing("1", MAC, "DS-1-1234567890"),
        thing("2", OTHER_MAC, "DS-1-1234567890", address="192.0.2.11"),
    ]
    found = match(known(*twins), [thing("n", None, "DS-1-1234567890", address="192.0.2.77")])
    assert found["n"] not in {"1", "2"}


def test_a_new_device_keeps_its_own_id_unless_it_is_taken():
    assert match([], [thing("n", MAC)]) == {"n": "n"}
    taken = match(known(thing("n", OTHER_MAC, address="192.0.2.55")), [thing("n", MAC, address="192.0.2.77")])
    assert taken["n"] != "n"
    assert taken == match(
        known(thing("n", OTHER_MAC, address="192.0.2.55")), [thing("n", MAC, address="192.0.2.77")]
    )


def test_addresses_of_two_sites_are_not_the_same_place():
    here = match([], [thing("n", None, None)], site="hall")["n"]
    there = match([], [thing("n", None, None)], site="school")["n"]
    assert here != there


def test_a_mac_that_another_site_knows_is_a_device_that_moved():
    found = match([], [thing("n", MAC)], site="school", elsewhere=lambda keys: dict.fromkeys(keys, "old"))
    assert found == {"n": "old"}


def test_lasting_keys_are_told_the_strongest_first():
    assert lasting(known_by(OLD)) == [f"mac {MAC}", "serial Hikvision DS-1-1234567890"]
    assert lasting(known_by(thing("n", RANDOM_MAC))) == []


DEVICES = st.lists(
    st.builds(
        thing,
        name=st.uuids().map(lambda u: u.hex[:10]),
        mac=st.sampled_from([None, MAC, OTHER_MAC, THIRD_MAC]),
        serial=st.sampled_from([None, "DS-1-1234567890", "DS-1-0987654321"]),
        address=st.sampled_from(["192.0.2.1", "192.0.2.2", "192.0.2.3"]),
        model=st.sampled_from(["DS-1", "DS-2"]),
    ),
    max_size=6,
    unique_by=lambda device: device.id,
)


@settings(max_examples=300, deadline=None)
@given(DEVICES, DEVICES, st.randoms(use_true_random=False))
def test_everybody_gets_one_id_whatever_the_order(before, after, chance):
    found = match(known(*before), after)
    assert set(found) == {device.id for device in after}
    assert len(set(found.values())) == len(found)
    shuffled, shuffled_before = list(after), list(before)
    chance.shuffle(shuffled)
    chance.shuffle(shuffled_before)
    assert match(known(*shuffled_before), shuffled) == found
