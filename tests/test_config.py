"""camcensus.toml: what it says is what is meant, and the first fault names file, entry and key."""

from datetime import date
from pathlib import Path

import pytest

from scanner.config import Notification, address_of, filled, find_config, read_config
from scanner.errors import KnowledgeError, UsageError

WHOLE = """
schema = 1
site = "Town Hall"
scope = "scope.toml"
lists = ["us-ndaa-889", { id = "uk-wms-2022", zones = ["sensitive"] }]
waivers = "waivers.toml"
store = "inventory.sqlite"
fail_on = "listed"
gone_after = 5
[pace]
profile = "quick"
timing = "normal"
max_rate = 50
host_timeout = "30s"
[schedule]
at = "03:15"
[[zone]]
name = "house"
networks = ["10.20.0.0/16", "2001:db8::/48"]
[[zone]]
name = "cabinet"
networks = ["10.20.3.0/28"]
building = "Main"
floor = "2"
sensitivity = "sensitive"
[[output]]
format = "json"
path = "reports/{site}-{date}.json"
[[notify]]
url_env = "CAMCENSUS_MAIL"
on = ["changes"]
[[syslog]]
address = "udp://192.0.2.5:514"
"""


@pytest.fixture
def write(tmp_path):
    (tmp_path / "scope.toml").write_text("")
    (tmp_path / "waivers.toml").write_text("schema = 1\n")

    def _write(text=WHOLE):
        path = tmp_path / "camcensus.toml"
        path.write_text(text)
        return path

    return _write


def test_a_whole_file_is_read(write, tmp_path):
    config = read_config(write())
    assert (config.site, config.gone_after, config.fail_on, config.pace.timing) == (
        "Town Hall",
        5,
        "listed",
        "normal",
    )
    assert config.place(config.scope) == tmp_path / "scope.toml"
    assert [(item.id, item.zones) for item in config.policy_lists()] == [
        ("us-ndaa-889", ()),
        ("uk-wms-2022", ("sensitive",)),
    ]
    assert [zone.name for zone in config.map.zones] == ["house", "cabinet"]
    assert config.notify[0].on == ("changes",)
    assert config.excused() == ()


def test_the_shortest_file_is_enough(write):
    config = read_config(write('networks = ["192.168.1.0/24"]\n'))
    assert (config.policy_lists(), config.gone_after, config.schedule.at) == ((), 3, "02:30")


BROKEN = [
    ('site = "Town Hall"', "site = 3", "configuration: site: input should be a valid string"),
    ('site = "Town Hall"', "colour = 3", "configuration: colour: is not a key of this table"),
    ('site = "Town Hall"', 'path = "x"', "configuration: path: is not a key of this table"),
    ("schema = 1", "schema = 2", "configuration: schema: must be 1"),
    ("gone_after = 5", "gone_after = 0", "configuration: gone_after: must be at least 1"),
    (
        'timing = "normal"',
        'timing = "hasty"',
        "configuration: pace.timing: input should be 'polite', 'normal' or 'fast'",
    ),
    ('host_timeout = "30s"', 'host_timeout = "soon"', "pace: host_timeout: 'soon' is no time such as"),
    ('"scope.toml"', '"absent.toml"', "configuration: scope: there is no file absent.toml"),
    ('"waivers.toml"', '"absent.toml"', "absent.toml: file: there is no such file"),
    ('"us-ndaa-889"', '"us-ndaa-888"', "lists: id: there is no list 'us-ndaa-888'"),
    ('zones = ["sensitive"]', 'zones = ["secret"]', "lists: zones: no zone has the sensitivity 'secret'"),
    ("zones = [", "zone = [", "uk-wms-2022: zone: is not a key of this table"),
    ('name = "cabinet"', 'nam = "cabinet"', "zone 2: "),
    ('["10.20.3.0/28"]', '["10.20.3.1/28"]', "zone 2: networks: "),
    ('["10.20.3.0/28"]', '["10.20.0.0/16"]', "zone: networks: 10.20.0.0/16 is also in 'house'"),
    ('format = "json"', 'format = "gossip"', "output: format: there is no 'gossip'; there are table, json"),
    ("{date}", "{day}", "output: path: {day} is none of date, site, time"),
    ('url_env = "CAMCENSUS_MAIL"', "", "notify: url: give one of url, url_env and url_file"),
    ('on = ["changes"]', 'on = ["always"]', "notify 1: on: input should be 'changes' or 'failures'"),
    ("udp://", "http://", "syslog: address: must be udp://host:port"),
    ('at = "03:15"', 'at = "25:15"', "schedule: at: '25:15' is no time of day"),
]


@pytest.mark.parametrize(("old", "new", "said"), BROKEN, ids=[row[1] or row[0] for row in BROKEN])
def test_the_first_fault_names_file_entry_and_key(write, old, new, said):
    assert old in WHOLE
    with pytest.raises(KnowledgeError) as caught:
        read_config(write(WHOLE.replace(old, new)))
    assert said in str(caught.value)
    assert ".toml: " in str(caught.value)


def test_text_that_is_no_toml_is_one_sentence(write):
    with pytest.raises(KnowledgeError, match=r"camcensus\.toml: file: cannot be read as TOML"):
        read_config(write("site = "))


def test_a_secret_may_stand_in_a_variable_or_a_file(write, tmp_path, monkeypatch):
    config = read_config(write())
    with pytest.raises(KnowledgeError, match="url_env: CAMCENSUS_MAIL is not set"):
        address_of(config.notify[0], config)
    monkeypatch.setenv("CAMCENSUS_MAIL", "json://127.0.0.1")
    assert address_of(config.notify[0], config) == "json://127.0.0.1"
    (tmp_path / "mail.url").write_text("json://127.0.0.2\n")
    assert address_of(Notification(url_file="mail.url"), config) == "json://127.0.0.2"
    with pytest.raises(KnowledgeError, match="url_file: other cannot be read"):
        address_of(Notification(url_file="other"), config)


def test_the_file_is_looked_for_where_people_put_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert find_config(Path("x.toml")) == Path("x.toml")
    with pytest.raises(UsageError, match="name one with --config"):
        find_config(None)
    (tmp_path / "config" / "camcensus").mkdir(parents=True)
    own = tmp_path / "config" / "camcensus" / "camcensus.toml"
    own.write_text("")
    assert find_config(None) == own
    (tmp_path / "camcensus.toml").write_text("")
    assert find_config(None) == Path("camcensus.toml")


def test_a_path_is_filled():
    on = date(2026, 11, 27)
    assert (
        filled("{site}/{date}T{time}.html", site="A/../B c", on=on, time="0230")
        == "A-..-B-c/2026-11-27T0230.html"
    )
