"""What a device exposes: each kind seen or not, versions at both ends of their ranges, and that no verdict changes."""

from datetime import UTC, date, datetime
from ipaddress import ip_address

import pytest

from scanner.cli.exits import Exit, FailOn, exit_for
from scanner.errors import KnowledgeError
from scanner.exposure import LIST, Exposing, Signs, assess, load_exposures
from scanner.exposure.knowledge import read_exposures, version_of
from scanner.identity.age import built_on
from scanner.lab.soap import Owned, soap_answers
from scanner.model import Attribute, Conclusion, Device, Endpoint, Message, Observation, Subject, Verdict
from scanner.pipeline import Reading
from scanner.policy.waivers import Waiver
from scanner.vendors import vendors

ON = date(2026, 11, 27)
HOST = ip_address("192.0.2.7")
KNOWN = load_exposures()


def device(maker="Hikvision", model=None, firmware=None, brand=None, kind="camera"):
    said = {
        Attribute.MAKER: maker,
        Attribute.MODEL: model,
        Attribute.FIRMWARE: firmware,
        Attribute.BRAND: brand,
    }
    concluded = {a: Conclusion(value=v, confidence=0.9) for a, v in said.items() if v}
    return Device(id="one", kind=kind, addresses=(HOST,), conclusions=concluded)


def seen(protocol, port, request=b"", payload=b"", **facts):
    message = Message(
        time=datetime(2026, 1, 1, tzinfo=UTC),
        protocol=protocol,
        source=Endpoint(host=HOST, port=port),
        request=request,
        payload=payload,
    )
    pairs = tuple((f"{protocol}.{key}", value) for key, value in facts.items())
    return Observation(subject=Subject(host=HOST), message=message, facts=pairs)


def exposed(who, *observations, live=True, waivers=()):
    signs = Signs()
    for observation in observations:
        signs.add(observation)
    found = assess([who], signs, KNOWN, on=ON, live=live, waivers=waivers)
    return {finding.entry: finding.verdict.value for finding in found}


WEB = seen("http", 80, status="401")


class TestKinds:
    def test_a_camera_that_shows_nothing_exposes_nothing(self):
        assert exposed(device()) == {}

    def test_management_without_encryption(self):
        assert exposed(device(), WEB) == {"unencrypted-management": "listed"}
        assert exposed(device(), WEB, seen("tls", 443, version="TLS 1.2")) == {}
        assert exposed(device(), WEB, live=False) == {}

    def test_telnet(self):
        assert "telnet" in exposed(device(), seen("banner", 23, telnet="login:"))
        assert exposed(device(), seen("banner", 22, ssh="SSH-2.0")) == {}

    @pytest.mark.parametrize(
        ("last", "expired"), [("2026-11-26", True), ("2026-11-27", False), ("soon", False)]
    )
    def test_a_certificate_past_its_date(self, last, expired):
        shown = seen("tls", 443, version="TLS 1.2", not_after=f"{last}T00:00:00Z", subject="CN=x")
        assert ("certificate-expired" in exposed(device(), shown)) == expired

    @pytest.mark.parametrize(
        ("subject", "signed", "default"),
        [
            ("CN=192.0.2.7,O=Hikvision", "true", True),
            ("O=Hikvision", "false", False),
            ("O=Town Hall", "true", False),
        ],
    )
    def test_the_makers_own_certificate(self, subject, signed, default):
        facts = {"version": "TLS 1.2", "not_after": "2040-01-01", "subject": subject, "self_signed": signed}
        assert ("certificate-default" in exposed(device(), seen("tls", 443, **facts))) == default

    @pytest.mark.parametrize(
        ("firmware", "old"),
        [
            ("V5.5.3 build 180822", True),
            ("V5.5.3 build 211127", False),
            ("V5.5.3 build 211126", True),
            ("25.01.00_20250328_R392", False),
            ("2.400.0000.14.R, Build Date 2016-12-30", True),
            ("8.71.0066", False),
        ],
    )
    def test_old_firmware(self, firmware, old):
        assert ("old-firmware" in exposed(device("Nobody", "x", firmware))) == old

    def test_other_things_are_not_assessed(self):
        assert exposed(device(kind="other"), WEB) == {}


class TestAnybody:
    """Whether device information was told to anybody is a matter of who had asked."""

    def told(self, request):
        body = soap_answers(Owned(), "http://x")["GetDeviceInformation"].encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: %d\r\n\r\n" % len(
            body
        )
        reading = Reading(strict=True)
        message = Message(
            time=datetime(2026, 1, 1, tzinfo=UTC),
            protocol="http",
            source=Endpoint(host=HOST, port=80),
            request=request,
            payload=head + body,
        )
        list(reading.read(message))
        found = assess([device()], reading.signs, KNOWN, on=ON, live=False)
        return {finding.entry for finding in found}

    @pytest.mark.parametrize(
        ("request_", "open_"),
        [
            (b"POST /onvif/device_service HTTP/1.1\r\nHost: x\r\n\r\n<s:Envelope/>", True),
            (b"POST / HTTP/1.1\r\nAuthorization: Digest username=...\r\n\r\n", False),
            (b"POST / HTTP/1.1\r\nAuthorization: withheld\r\n\r\n", False),
            (b"POST / HTTP/1.1\r\n\r\n<wsse:Security><wsse:UsernameToken>", False),
            (b"POST / HTTP/1.1\r\n\r\n<wsse:Security>withheld</wsse:Security>", False),
            (b"", False),
        ],
    )
    def test_it(self, request_, open_):
        assert ("anonymous-device-information" in self.told(request_)) == open_


class TestExploited:
    def cves(self, **who):
        return {
            entry: verdict for entry, verdict in exposed(device(**who)).items() if entry.startswith("CVE")
        }

    @pytest.mark.parametrize(
        ("firmware", "found"),
        [
            ("V5.4.0 build 160530", {"CVE-2017-7921", "CVE-2021-36260"}),
            ("V5.4.5 build 170124", {"CVE-2021-36260"}),
            ("V5.5.150 build 210624", {"CVE-2021-36260"}),
            ("V5.5.150 build 210625", set()),
            ("V5.5.150", set()),
            (None, set()),
        ],
    )
    def test_hikvision_by_the_day_of_the_build(self, firmware, found):
        assert set(self.cves(model="DS-2CD2042WD-I", firmware=firmware)) == found

    def test_another_makers_device_of_that_name_is_not_meant(self):
        assert self.cves(maker="Dahua", model="DS-2CD2042WD-I", firmware="V5.4.0 build 160530") == {}

    @pytest.mark.parametrize(
        ("who", "cve", "verdict"),
        [
            ({"maker": "PTZOptics", "model": "PT30X-SDI", "firmware": "6.3.34"}, "CVE-2024-8956", "listed"),
            ({"maker": "PTZOptics", "model": "PT30X-SDI", "firmware": "6.3.40"}, "CVE-2024-8956", None),
            ({"maker": "Reolink", "model": "RLC-410W", "firmware": "v3.0.0.136_20121102"}, "CVE-2021-40407", "listed"),
            ({"maker": "Reolink", "model": "RLC-410W", "firmware": "v3.0.0.148_21102905"}, "CVE-2021-40407", None),
            ({"maker": "TBK", "model": "DVR-4104"}, "CVE-2018-9995", "listed"),
            ({"maker": "D-Link", "model": "DCS-2530L", "firmware": "1.05.05"}, "CVE-2020-25078", "listed"),
            ({"maker": "D-Link", "model": "DCS-2530L", "firmware": "1.06.01"}, "CVE-2020-25078", None),
            ({"maker": "D-Link", "model": "DCS-2670L", "firmware": "2.02"}, "CVE-2020-25078", "listed"),
            ({"maker": "D-Link", "model": "DCS-2670L", "firmware": "2.03"}, "CVE-2020-25078", None),
            ({"maker": "AVTECH", "model": "AVM1203", "firmware": "1023"}, "CVE-2024-7029", "listed"),
            ({"maker": "GeoVision", "model": "GV-BX130", "firmware": "x"}, "CVE-2024-6047", "listed"),
            ({"maker": "GeoVision", "model": "GV-BX1300", "firmware": "x"}, "CVE-2024-6047", None),
            ({"maker": "Edimax", "model": "IC-7100"}, "CVE-2025-1316", "listed"),
            ({"maker": "Dahua", "model": "IPC-HDW5421S", "firmware": "2.8, 2021-05-31"}, "CVE-2021-33044", "listed"),
            ({"maker": "Dahua", "model": "IPC-HDW5421S", "firmware": "2.800, 2021-06-01"}, "CVE-2021-33044", None),
            ({"maker": "Dahua", "model": "IPC-HDW5421S", "firmware": "2.8, 2020-04-30"}, "CVE-2021-33045", "listed"),
            ({"maker": "Dahua", "model": "IPC-HDW5421S", "firmware": "2.8, 2020-05-01"}, "CVE-2021-33045", None),
            ({"maker": "Dahua", "model": "DHI-NVR5216", "firmware": "4.0, 2019-11-30"}, "CVE-2021-33045", "listed"),
            ({"maker": "Dahua", "model": "DHI-NVR5216", "firmware": "4.0, 2019-12-01"}, "CVE-2021-33045", None),
            ({"maker": "Dahua", "brand": "Amcrest", "model": "IP2M-841B", "firmware": "2.520, build 2020-02-16"},
             "CVE-2020-5735", "listed"),
            ({"maker": "Dahua", "brand": "Amcrest", "model": "IP2M-841B", "firmware": "2.520, build 2020-03-29"},
             "CVE-2020-5735", "possible"),
            ({"maker": "Dahua", "brand": "Amcrest", "model": "IP2M-841B", "firmware": "2.520, build 2020-03-30"},
             "CVE-2020-5735", None),
            ({"model": "DS-2CD2032F-I", "firmware": "V5.4.0 build 160530"}, "CVE-2017-7921", "listed"),
            ({"model": "DS-2CD2032F-I", "firmware": "V5.4.0 build 160601"}, "CVE-2017-7921", "possible"),
            ({"model": "DS-2CD2042WD-I", "firmware": "V5.4.0 build 160530"}, "CVE-2017-7921", "possible"),
            ({"model": "DS-2DF8223I-AEL", "firmware": "V5.4.5 build 160928"}, "CVE-2017-7921", "listed"),
            ({"model": "DS-2DF8223I-AEL", "firmware": "V5.4.5 build 160929"}, "CVE-2017-7921", None),
        ],
    )  # fmt: skip
    def test_by_maker_model_and_version(self, who, cve, verdict):
        assert self.cves(**who).get(cve) == verdict

    def test_every_one_that_was_asked_for_is_there(self):
        wanted = {"CVE-2017-7921", "CVE-2021-36260", "CVE-2021-33044", "CVE-2021-33045", "CVE-2018-9995"}
        assert wanted | {"CVE-2020-25078"} <= {item.cve for item in KNOWN.exploited}
        assert all(item.source for item in KNOWN.exploited)
        names = {item.maker or item.brand for item in KNOWN.exploited}
        assert {vendors().canonical(name) for name in names} == names

    @pytest.mark.parametrize("attribute", [Attribute.MAKER, Attribute.MODEL, Attribute.FIRMWARE])
    def test_of_who_is_contested_nothing_is_certain(self, attribute):
        from dataclasses import replace

        who = device("D-Link", "DCS-2670L", "2.02")
        doubted = {attribute: replace(who.conclusions[attribute], contested=True)}
        found = assess(
            [replace(who, conclusions=who.conclusions | doubted)], Signs(), KNOWN, on=ON, live=False
        )
        assert {(f.verdict, f"its {attribute} is contested" in f.reason) for f in found} == {
            (Verdict.POSSIBLE, True)
        }

    def test_each_is_told_once_and_by_its_own_entry(self):
        """Series of one vulnerability have entries of their own, with sources of their own."""
        who = device("D-Link", "DCS-2670L", "2.02")
        found = assess([who], Signs(), KNOWN, on=ON, live=False)
        assert [f.entry for f in found if f.entry.startswith("CVE")] == ["CVE-2020-25078", "CVE-2020-25079"]
        assert all("DCS-2670L" in f.reason and "2.02" in f.clause for f in found)
        doubted = {item.cve for item in KNOWN.exploited if not item.confirmed}
        for cve in doubted:  # an entry in doubt stands after those that are not
            sure = [item.confirmed for item in KNOWN.exploited if item.cve == cve]
            assert sure == sorted(sure, reverse=True)


class TestApart:
    def report(self, lists):
        from scanner.pipeline import import_report

        body = b"HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 0\r\n\r\n"
        sadp = (
            b'<?xml version="1.0"?><ProbeMatch><DeviceDescription>DS-2CD2042WD-I</DeviceDescription>'
            b"<SoftwareVersion>V5.4.0 build 160530</SoftwareVersion><MAC>44-19-b6-00-00-01</MAC>"
            b"<IPv4Address>192.0.2.7</IPv4Address></ProbeMatch>"
        )
        when, end = datetime(2026, 1, 1, tzinfo=UTC), Endpoint(host=HOST, port=37020)
        messages = [Message(time=when, protocol="sadp", source=end, payload=sadp)]
        messages.append(
            Message(time=when, protocol="http", source=Endpoint(host=HOST, port=80), payload=body)
        )
        return import_report(messages, ["x"], [], on=ON, lists=lists)

    def test_held_with_the_others_and_without_a_say_in_the_exit_code(self):
        report = self.report(())
        assert {f.entry for f in report.exposures} >= {"CVE-2017-7921", "old-firmware"}
        assert {f.list for f in report.exposures} == {LIST}
        assert LIST not in {f.list for f in report.findings}
        assert report.data[LIST] == KNOWN.version.isoformat()

    def test_named_alone_it_counts(self):
        alone = self.report(("exposure",))
        assert alone.findings == ()
        assert exit_for(alone, FailOn.LISTED, strict=False) is Exit.FOUND
        other = self.report(("us-ndaa-889",))
        assert other.exposures == ()

    def test_a_makers_list_decides_as_before(self):
        without = [(f.list, f.verdict) for f in self.report(("us-ndaa-889",)).findings]
        both = self.report(("us-ndaa-889", "exposure"))
        assert [(f.list, f.verdict) for f in both.findings] == without
        assert both.exposures

    def test_it_is_in_the_contract_and_comes_back(self):
        import json

        import jsonschema

        from scanner.reports.as_json import document, schema
        from scanner.reports.from_json import read_report

        report = self.report(())
        record = document(report)
        jsonschema.validate(record, schema())
        assert document(read_report(json.dumps(record), "x"))["exposures"] == record["exposures"]


def test_a_waiver_for_the_list_applies():
    waiver = Waiver(
        maker="Hikvision", list=LIST, owner="o", reason="r", ticket="t", expires=date(2026, 12, 31)
    )
    signs = Signs()
    signs.add(WEB)
    (found,) = Exposing(signs, ()).of([device()], on=ON, live=True, waivers=[waiver])
    assert found.verdict is Verdict.WAIVED
    assert "listed, waived" in found.reason


@pytest.mark.parametrize(
    ("firmware", "built", "version"),
    [
        ("V5.4.5 build 170124", date(2017, 1, 24), (5, 4, 5)),
        ("V5.6.2build 190701", date(2019, 7, 1), (5, 6, 2)),
        ("2.800.0000000.3.R,2021-10-26", date(2021, 10, 26), (2, 800, 0, 3)),
        ("20160805", date(2016, 8, 5), ()),
        ("build 991399", None, ()),
        ("", None, ()),
    ],
)
def test_firmware_is_read(firmware, built, version):
    assert (built_on(firmware, date.max), version_of(firmware)) == (built, version)


@pytest.mark.parametrize(
    "change", [("schema = 1", "schema = 2"), ("^PT30X", "^PT(30X"), ("CVE-2024-8957", "CVE-8957")]
)
def test_a_broken_file_is_said(change, tmp_path):
    from scanner.exposure.knowledge import FILE

    path = tmp_path / "exposure.toml"
    path.write_text(FILE.read_text().replace(*change))
    with pytest.raises(KnowledgeError, match=r"exposure\.toml"):
        read_exposures(path)
