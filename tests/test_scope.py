"""Nobody is asked who was not authorised: scope files, private space, exclusions, validity, and the guard."""

import hashlib
from datetime import date
from ipaddress import ip_address

import pytest

from scanner.errors import KnowledgeError, ScopeError
from scanner.scope import Guard, read_scope, scope_of
from scanner.targets import Addresses, parse_targets

TODAY = date(2026, 11, 24)
FILE = """
site = "Town Hall"
networks = ["10.20.0.0/16"]
exclude = ["10.20.9.0/24"]
interfaces = ["eth1"]
authorised_by = "A. Owner"
reference = "CHG-7"
valid_from = 2026-11-01
valid_until = 2026-12-31
"""


def written(tmp_path, text):
    path = tmp_path / "scope.toml"
    path.write_text(text)
    return path


def test_a_scope_file_is_read_whole(tmp_path):
    path = written(tmp_path, FILE)
    scope = read_scope(path)
    assert (scope.site, scope.interfaces, scope.authorised_by) == ("Town Hall", ("eth1",), "A. Owner")
    assert scope.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert scope.record()["valid_until"] == "2026-12-31"
    assert ip_address("10.20.9.1") not in scope.allowed
    assert ip_address("10.20.8.1") in scope.allowed


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (("authorised_by", "authorized_by"), "authorized_by"),
        (('["10.20.0.0/16"]', '"10.20.0.0/16"'), "networks"),
        (('["10.20.0.0/16"]', "[1]"), "networks"),
        (('networks = ["10.20.0.0/16"]\n', ""), "networks"),
        (("valid_until = 2026-12-31", ""), "valid_until"),
        (('"10.20.0.0/16"', '"8.8.8.0/24"'), "networks"),
        (("site =", "site"), "file"),
    ],
)
def test_a_broken_scope_file_names_its_key(tmp_path, change, key):
    with pytest.raises(KnowledgeError, match=r"scope\.toml") as caught:
        read_scope(written(tmp_path, FILE.replace(*change)))
    assert caught.value.entry == key


def test_public_space_needs_a_file_that_says_so(tmp_path):
    with pytest.raises(ScopeError, match=r"8\.8\.8\.8 is public"):
        scope_of(parse_targets(["8.8.8.8", "10.0.0.1"]))
    text = FILE.replace('"10.20.0.0/16"', '"8.8.8.0/24"') + "allow_public = true\n"
    assert ip_address("8.8.8.8") in read_scope(written(tmp_path, text)).allowed


@pytest.mark.parametrize(
    ("today", "said"), [(date(2026, 10, 31), "valid from 2026-11-01"), (date(2027, 1, 1), "until 2026-12-31")]
)
def test_a_scope_out_of_date_is_refused(tmp_path, today, said):
    scope = read_scope(written(tmp_path, FILE))
    with pytest.raises(ScopeError, match=said):
        scope.narrow(Addresses(), Addresses(), today)
    assert scope.narrow(Addresses(), Addresses(), date(2026, 12, 31)).allowed


def test_targets_must_lie_inside_and_exclusions_add_up(tmp_path):
    scope = read_scope(written(tmp_path, FILE))
    with pytest.raises(ScopeError, match=r"10\.21\.0\.1 is outside"):
        scope.narrow(parse_targets(["10.20.1.1", "10.21.0.1"]), Addresses(), TODAY)
    narrowed = scope.narrow(parse_targets(["10.20.8.0/23"]), parse_targets(["10.20.8.7"]), TODAY)
    assert str(narrowed.allowed) == "10.20.8.0-10.20.8.6, 10.20.8.8-10.20.8.255"
    with pytest.raises(ScopeError, match="leave nothing"):
        scope.narrow(parse_targets(["10.20.9.1"]), Addresses(), TODAY)


def test_too_many_addresses_are_refused(tmp_path):
    scope = scope_of(parse_targets(["10.0.0.0/8"]))
    with pytest.raises(ScopeError, match="16777216 addresses are more"):
        scope.narrow(Addresses(), Addresses(), TODAY)
    limited = read_scope(written(tmp_path, FILE + "max_addresses = 100\n"))
    with pytest.raises(ScopeError, match="more than the 100"):
        limited.narrow(Addresses(), Addresses(), TODAY)


def guard(exclude=(), **options):
    scope = scope_of(parse_targets(["192.0.2.0/24"])).narrow(Addresses(), parse_targets(exclude), TODAY)
    return Guard(scope, **options)


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("192.0.2.9", True),
        ("192.0.2.8", False),
        ("192.0.3.1", False),
        ("8.8.8.8", False),
        ("127.0.0.1", False),
        ("fe80::1", False),
        ("239.255.255.250", True),
        ("255.255.255.255", True),
        ("ff02::c", True),
        ("224.0.0.1", False),
        ("239.1.2.3", False),
        ("0.0.0.0", False),
    ],
)
def test_the_guard(host, allowed):
    assert guard(["192.0.2.8"]).allows(ip_address(host), "test") is allowed


def test_the_guard_remembers_what_it_refused():
    judge = guard()
    for _ in range(3):
        judge.allows(ip_address("203.0.113.5"), "redirect")
    judge.allows(ip_address("203.0.113.5"), "XAddr")
    assert judge.refused == {
        (ip_address("203.0.113.5"), "redirect"): 3,
        (ip_address("203.0.113.5"), "XAddr"): 1,
    }


def test_groups_are_closed_where_nothing_is_on_the_link():
    assert not guard(on_link=False).allows(ip_address("239.255.255.250"))


def test_an_exclusion_wins_over_what_was_learnt():
    host = ip_address("192.0.2.8")
    assert not guard(["192.0.2.8"], learned=[host]).allows(host)
    assert guard(learned=[ip_address("fe80::8")]).allows(ip_address("fe80::8"))
