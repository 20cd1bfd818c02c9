"""A short run of the fuzzer, another one each time; and proof that it would notice."""

import dataclasses
import time

import fuzzing
import pytest

from scanner import reading
from scanner.protocols import PROTOCOLS, http


@pytest.mark.slow
def test_damaged_recordings_upset_no_reader():
    assert fuzzing.run(seed=int(time.time()), seconds=6) > len(PROTOCOLS)


def test_every_reader_gets_cases():
    fed = {case.name for (case, _), _ in zip(fuzzing.cases(1), range(len(PROTOCOLS) + 1), strict=False)}
    assert fed == {protocol.name for protocol in PROTOCOLS} | {"capture"}


def test_a_reader_that_raises_is_noticed(monkeypatch):
    def broken(_message):
        raise IndexError("beyond the end")

    monkeypatch.setitem(reading.by_name, "http", dataclasses.replace(http.PROTOCOL, parse=broken))
    with pytest.raises(fuzzing.FuzzError, match=r"http: IndexError: beyond the end; case \d+ of seed 3"):
        fuzzing.run(seed=3, seconds=60)


def test_a_reader_that_hangs_is_noticed(monkeypatch):
    monkeypatch.setattr(fuzzing, "PATIENCE_S", -1.0)
    with pytest.raises(fuzzing.FuzzError, match="took"):
        fuzzing.run(seed=3, seconds=60)
