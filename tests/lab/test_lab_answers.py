"""What a device answers to what: rules of datagrams, pages by path and call, copies that stay well-formed."""

from ipaddress import IPv4Address, ip_address
from uuid import UUID

import pytest
from lab_scenarios import DEVICES

from scanner.lab import copy_of, may_be_copied
from scanner.lab.datagrams import RULES, answer_to, destinations, rules_of
from scanner.lab.moods import Mood, datagrams
from scanner.lab.streams import read_request, reply_to, tcp_ports
from scanner.probes.onvif import soap
from scanner.probes.questions import questions, ssdp_search, ws_probe
from scanner.protocols import by_name, snmp
from scanner.protocols.http import PROTOCOL as HTTP
from scanner.recordings import Answer, read_folder, read_folders

FOLDERS = [r for r in read_folders(DEVICES) if r.address.version == 4]
CAMERA = read_folder(DEVICES / "hikvision-ds-2cd2385g1-i-5.6.2")
ASKER = ("192.0.2.250", 40000)


def answer(protocol, payload, *, path="", request=b"", port=80):
    return Answer(protocol=protocol, port=port, path=path, request=request, payload=payload)


def page(path, payload, method="GET", body=b""):
    request = f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() + body
    return answer("http", payload, path=path, request=request)


def ask(path, method="GET", body=b""):
    return read_request(f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), body)


class TestDatagrams:
    @pytest.mark.parametrize("question", questions("deep"), ids=lambda q: f"{q.protocol}-{q.port}")
    def test_a_question_is_known_by_its_own_rule_only(self, question):
        told = b"<Types>dn:NetworkVideoTransmitter tds:Device wsdp:Device</Types><ProbeMatch>"
        if question.protocol == "snmp":  # an agent answers in the version in which it is asked
            told = question.payload
        asked = {
            name
            for name, rules in RULES.items()
            for rule in rules
            if rule.port == question.port
            and name not in {"mdns", "ssdp"}
            and rule.asks(question.payload, told)
        }
        assert asked == ({question.protocol} - {"mdns", "ssdp"})

    def test_an_agent_answers_in_the_version_in_which_it_is_asked(self):
        (rule,) = RULES["snmp"]
        old = answer("snmp", bytes.fromhex("300c020101040670726976617465"), port=161)
        assert answer_to(snmp.QUESTION, old, rule) is None
        assert answer_to(snmp.QUESTION, answer("snmp", snmp.QUESTION, port=161), rule) == snmp.QUESTION

    def test_a_typed_probe_is_answered_by_those_of_the_type(self):
        (rule,) = RULES["wsdiscovery"]
        camera = answer(
            "wsdiscovery",
            b"<a:RelatesTo>old</a:RelatesTo><d:ProbeMatch><d:Types>dn:NetworkVideoTransmitter</d:Types>",
        )
        asked = UUID(int=7)
        probe = ws_probe(asked, 'xmlns:x="y"', "x:NetworkVideoTransmitter")
        assert f"uuid:{asked}".encode() in answer_to(probe, camera, rule)
        assert answer_to(ws_probe(asked, 'xmlns:x="y"', "x:Device"), camera, rule) is None
        assert answer_to(ws_probe(asked, "", ""), camera, rule) is not None

    def test_a_search_is_answered_by_its_target(self):
        (rule,) = RULES["ssdp"]
        root = answer("ssdp", b"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n\r\n")
        other = answer("ssdp", b"HTTP/1.1 200 OK\r\nST: urn:x\r\n\r\n")
        notify = answer("ssdp", b"NOTIFY * HTTP/1.1\r\nNT: upnp:rootdevice\r\n\r\n")
        target = ssdp_search("upnp:rootdevice")
        assert [answer_to(target, a, rule) is not None for a in (root, other, notify)] == [True, False, False]
        assert answer_to(ssdp_search("ssdp:all"), other, rule) is not None

    def test_who_was_asked_alone_answers_only_the_asker(self):
        (rule,) = RULES["sadp"]
        both = destinations(rule, ASKER, alone=False, protocol="sadp", question=b"")
        assert both == [("239.255.255.250", 37020), ASKER]
        alone = destinations(rule, ASKER, alone=True, protocol="sadp", question=b"")
        assert alone == [("192.0.2.250", 37020), ASKER]

    def test_a_responder_s_own_query_is_answered_to_the_group(self):
        (rule,) = RULES["mdns"]
        query = bytes(12) + b"\x04_hap\x04_tcp\x05local\x00\x00\x0c"
        for ending, to in ((b"\x00\x01", ("224.0.0.251", 5353)), (b"\x80\x01", ("192.0.2.250", 5353))):
            told = destinations(
                rule, ("192.0.2.250", 5353), alone=False, protocol="mdns", question=query + ending
            )
            assert told == [to]

    def test_every_recorded_datagram_that_can_be_asked_for_has_a_rule(self):
        udp = {
            a.protocol
            for r in FOLDERS
            for a in r.answers
            if by_name[a.protocol].udp_ports and not by_name[a.protocol].tcp
        }
        assert udp - set(RULES) <= {"dhcp", "dhcpv6", "dns"}
        assert list(rules_of(CAMERA.answers))

    def test_moods_of_datagrams(self):
        assert list(datagrams(b"x", {Mood.DOUBLED})) == [b"x", b"x"]
        assert len(next(datagrams(b"x", {Mood.OVERSIZED}))) > 40_000


class TestPages:
    front = page("/", b"HTTP/1.0 200 OK\r\nServer: S\r\nContent-Length: 1\r\n\r\nx")
    hostname = page("/onvif/device_service", b"HTTP/1.1 200 OK\r\n\r\nH", "POST", soap("<GetHostname/>"))
    unasked = page(
        "/other", b"HTTP/1.1 200 OK\r\n\r\n<e:Body><t:GetScopesResponse/></e:Body>", "POST", b"<b/>"
    )

    def reply(self, request, *pages):
        return reply_to(request, pages or (self.front, self.hostname, self.unasked))

    def test_by_path(self):
        assert self.reply(ask("/"))[1] is self.front
        assert self.reply(ask("/?a=1"))[1] is self.front

    def test_by_called_element_whatever_its_prefix(self):
        body = b'<s:Body xmlns:s="x"><tds:GetHostname xmlns:tds="y"/></s:Body>'
        assert self.reply(ask("/onvif/device_service", "POST", body))[1] is self.hostname
        assert self.reply(ask("/other", "POST", soap("<GetScopes/>")))[1] is self.unasked

    def test_a_call_that_was_not_recorded_is_no_page(self):
        said, recorded = self.reply(ask("/onvif/device_service", "POST", soap("<GetScopes/>")))
        assert (said[:12], recorded) == (b"HTTP/1.1 400", None)

    def test_unknown_paths_are_refused_in_style(self):
        said, recorded = self.reply(ask("/none"))
        assert said == b"HTTP/1.1 404 Not Found\r\nServer: S\r\nContent-Length: 0\r\n\r\n"
        assert recorded is None

    def test_a_login_guards_everything(self):
        login = page("/", b"HTTP/1.1 401 Unauthorized\r\n\r\n")
        assert self.reply(ask("/none"), login)[0] == login.payload

    def test_rtsp_on_a_port_that_only_knows_http(self):
        request = read_request(b"OPTIONS rtsp://x/ RTSP/1.0\r\nCSeq: 1\r\n\r\n")
        assert self.reply(request)[0].startswith(b"HTTP/")

    def test_a_method_that_was_not_recorded(self):
        described = answer("rtsp", b"RTSP/1.0 200 OK\r\n\r\n", request=b"DESCRIBE x RTSP/1.0\r\n\r\n")
        request = read_request(b"OPTIONS rtsp://x/ RTSP/1.0\r\nCSeq: 9\r\n\r\n")
        assert reply_to(request, [described])[0] == b"RTSP/1.0 501 Not Implemented\r\nCSeq: 9\r\n\r\n"

    @pytest.mark.parametrize("head", [b"", b"\r\n\r\n", b"GET\r\n\r\n", b"\xff\xfe \x00", b"GET :// ://x"])
    def test_nonsense_is_answered_somehow(self, head):
        assert self.reply(read_request(head))[0]

    def test_ports(self):
        ports = tcp_ports(CAMERA.answers)
        assert {80, 554} <= set(ports)


class TestCopies:
    @pytest.mark.parametrize("recording", [r for r in FOLDERS if may_be_copied(r)], ids=lambda r: r.name)
    def test_a_copy_says_nothing_of_the_original(self, recording):
        address = IPv4Address("198.51.100.201")
        copied = copy_of(recording, "copy", address, "02:00:00:aa:bb:cc")
        for told in copied.answers:
            if told.protocol == "tls":
                continue
            assert str(recording.address).encode() not in told.payload.replace(b"0" * 4, b"")
            for mac in (recording.mac or "none!").replace(":", ""), recording.mac or "none!":
                assert mac.encode() not in told.payload.lower()

    @pytest.mark.parametrize("recording", [r for r in FOLDERS if may_be_copied(r)], ids=lambda r: r.name)
    def test_a_copy_is_read_as_the_original_is(self, recording):
        copied = copy_of(recording, "copy", IPv4Address("198.51.100.201"), "02:00:00:aa:bb:cc")
        for before, after in zip(recording.messages(), copied.messages(), strict=True):
            keys = [
                [[key for key, _ in seen.facts] for seen in by_name[m.protocol].parse(m)]
                for m in (before, after)
            ]
            assert keys[0] == keys[1]

    def test_lengths_are_mended(self):
        told = page("/", b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n192.0.2.10/abc")
        camera = type(CAMERA)(**{f: getattr(CAMERA, f) for f in CAMERA.__slots__} | {"answers": (told,)})
        copied = copy_of(camera, "copy", IPv4Address("198.51.100.201"), "02:00:00:aa:bb:cc")
        assert copied.answers[0].payload.endswith(b"Content-Length: 18\r\n\r\n198.51.100.201/abc")

    def test_expectations_change_with_the_serial(self):
        copied = copy_of(CAMERA, "copy", IPv4Address("192.0.2.99"), "58:50:ed:00:00:99")
        assert copied.expect["serial"] != CAMERA.expect["serial"]
        assert copied.expect["model"] == CAMERA.expect["model"]

    def test_moved_is_the_same_device(self):
        moved = copy_of(CAMERA, CAMERA.name, IPv4Address("198.51.100.77"))
        assert (moved.mac, moved.expect) == (CAMERA.mac, CAMERA.expect)
        assert moved.address == ip_address("198.51.100.77")
        assert HTTP.name in {a.protocol for a in moved.answers}
