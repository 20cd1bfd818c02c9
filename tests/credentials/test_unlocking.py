"""A credential on a device that checks it for real: sent as a digest, once, and never in a form that gives it away."""

import asyncio
import logging
from dataclasses import replace

import pytest
from guarded_kit import PASSWORD, device, sheet, visit

from scanner.credentials import Ledger
from scanner.credentials.traces import carries_credentials, spellings
from scanner.lab.guarded import LOCK_AFTER, Ask, Guarded, Lock, Oddity
from scanner.lab.soap import Owned
from scanner.protocols.http import parse

OWN = Owned(ptz=True, rules=("tt:LineDetector",), modules=("tt:CellMotionEngine",), audio_in=1)


def facts_of(kit):
    return {fact for message in kit.messages for observation in parse(message) for fact in observation.facts}


def lock(ask=Ask.SOAP, **more):
    return Lock(user="census", password=PASSWORD, ask=ask, own=OWN, **more)


@pytest.mark.parametrize("ask", [Ask.SOAP, Ask.HTTP, Ask.HTTP_SHA256])
def test_every_digest_opens_and_all_is_asked(ask, tmp_path):
    guarded, kit, visits = visit(lock(ask), sheet(tmp_path))
    assert [(v.outcome, v.why) for v in visits] == [("accepted", "")]
    assert (guarded.failures, guarded.locked) == (0, False)
    facts = facts_of(kit)
    assert ("onvif.serial", OWN.serial) in facts
    assert {c for k, c in facts if k == "onvif.call"} >= {
        *("GetProfilesResponse", "GetNodesResponse", "GetUsersResponse", "GetSupportedRulesResponse"),
        *("GetAudioSourcesResponse", "GetSupportedAnalyticsModulesResponse", "GetRecordingSummaryResponse"),
    }


@pytest.mark.parametrize("ask", [Ask.SOAP, Ask.HTTP])
@pytest.mark.parametrize("odd", [None, Oddity.CLOSING])
def test_over_tls_all_is_asked_too(ask, odd, tmp_path):
    odder = lock(ask, oddities=frozenset({odd} - {None}))
    guarded, kit, visits = visit(odder, sheet(tmp_path), secure=True)
    assert [(v.outcome, v.why) for v in visits] == [("accepted", "")]
    assert guarded.failures == 0
    facts = facts_of(kit)
    assert ("onvif.serial", OWN.serial) in facts
    assert ("onvif.rule", "tt:LineDetector") in facts


@pytest.mark.parametrize("skew_s", [-86400.0 * 365, -3600.0, 7200.0, 86400.0 * 9])
def test_a_clock_that_is_off_is_read_first(skew_s, tmp_path):
    guarded, _, visits = visit(lock(skew_s=skew_s), sheet(tmp_path))
    assert visits[0].outcome == "accepted"
    assert guarded.failures == 0


def test_nonces_that_grow_stale_are_no_refusals(tmp_path):
    guarded, _, visits = visit(lock(Ask.HTTP, stale_after=2), sheet(tmp_path))
    assert visits[0].outcome == "accepted"
    assert guarded.failures == 0
    assert guarded.accepted >= 8


def test_a_nonce_that_is_always_stale_ends_it(tmp_path):
    guarded, _, visits = visit(lock(Ask.HTTP, stale_after=0), sheet(tmp_path))
    assert visits[0].outcome == "no safe way"
    assert sum(carries_credentials(heard) for heard in guarded.heard) <= 3


@pytest.mark.parametrize("odd", [*Oddity])
def test_oddities(odd, tmp_path):
    guarded, kit, visits = visit(lock(oddities=frozenset({odd})), sheet(tmp_path))
    assert visits[0].outcome == "accepted"
    assert guarded.failures == 0
    assert ("onvif.model", OWN.model) in facts_of(kit)


def test_a_name_in_gb2312_is_read(tmp_path):
    own = Owned(name="大门", location="大厅")
    odd = Lock(user="census", password=PASSWORD, own=own, oddities=frozenset({Oddity.GB2312}))
    _, kit, _ = visit(odd, sheet(tmp_path))
    assert ("onvif.scope.name", "大门") in facts_of(kit)


def test_slow_answers_are_waited_for(tmp_path):
    _, _, visits = visit(lock(slow_s=0.1), sheet(tmp_path))
    assert visits[0].outcome == "accepted"


def test_a_device_that_wants_it_in_the_clear_gets_nothing_unless_it_may(tmp_path):
    guarded, _, visits = visit(lock(Ask.BASIC), sheet(tmp_path))
    assert visits[0].outcome == "no safe way"
    assert "in the clear" in visits[0].why
    assert not any(carries_credentials(heard) for heard in guarded.heard)
    guarded, kit, visits = visit(lock(Ask.BASIC), sheet(tmp_path, more='allow = ["basic"]'))
    assert visits[0].outcome == "accepted"
    assert any(b"Authorization: Basic" in heard for heard in guarded.heard)
    assert not any(PASSWORD.encode() in m.request + m.payload for m in kit.messages)


def test_an_open_device_is_sent_no_credential(tmp_path):
    guarded, kit, visits = visit(lock(Ask.OPEN), sheet(tmp_path))
    assert visits[0].outcome == "not tried"
    assert not any(carries_credentials(heard) for heard in guarded.heard)
    assert ("onvif.serial", OWN.serial) in facts_of(kit)


class TestRefusal:
    def wrong(self, ask=Ask.SOAP):
        return Lock(user="census", password="another", ask=ask, own=OWN)

    @pytest.mark.parametrize("ask", [Ask.SOAP, Ask.HTTP, Ask.HTTP_SHA256, Ask.BASIC])
    def test_one_try_and_no_more(self, ask, tmp_path):
        guarded, _, visits = visit(self.wrong(ask), sheet(tmp_path, more='allow = ["basic"]'))
        assert visits[0].outcome == "refused"
        assert guarded.failures == 1
        assert sum(carries_credentials(heard) for heard in guarded.heard) == 1

    def test_it_is_not_repeated_in_later_runs_until_the_file_changes(self, tmp_path):
        path, credentials = tmp_path / "state" / "ledger.json", sheet(tmp_path)
        who = device(mac="44:19:b6:00:00:01")
        guarded, _, visits = visit(self.wrong(), credentials, who, Ledger(path))
        assert (guarded.failures, visits[0].outcome) == (1, "refused")
        for _ in range(LOCK_AFTER):
            guarded, _, visits = visit(self.wrong(), credentials, who, Ledger(path))
            assert (guarded.heard, visits[0].outcome) == ([], "withheld")
            assert "not tried again until" in visits[0].why
        guarded, _, visits = visit(lock(), sheet(tmp_path), who, Ledger(path))
        assert visits[0].outcome == "accepted"

    def test_the_memory_holds_no_secret_and_is_private(self, tmp_path):
        path = tmp_path / "ledger.json"
        visit(self.wrong(), sheet(tmp_path), ledger=Ledger(path))
        visit(lock(), sheet(tmp_path), device("127.0.0.2"), ledger=Ledger(path))
        assert path.stat().st_mode & 0o077 == 0
        assert not any(word in path.read_text() for word in spellings(PASSWORD))

    def test_a_refusal_after_an_acceptance_elsewhere_is_of_that_door_only(self, tmp_path):
        path, credentials = tmp_path / "ledger.json", sheet(tmp_path)
        odd = Lock(user="census", password=PASSWORD, own=OWN)
        guarded = Guarded(odd, "127.0.0.1")

        def reply(request, plain=guarded.reply):
            if request.target.startswith("/ISAPI"):
                return b'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="x", nonce="y"\r\nContent-Length: 0\r\n\r\n'
            return plain(request)

        guarded.reply = reply
        visits = asyncio.run(self._twice(guarded, credentials, Ledger(path)))
        assert [v.outcome for v in visits] == ["accepted"]
        assert "refused at isapi" in visits[0].why
        visits = asyncio.run(self._twice(guarded, credentials, Ledger(path)))
        assert (visits[0].outcome, visits[0].why) == ("accepted", "")

    async def _twice(self, guarded, credentials, ledger):
        from guarded_kit import FixedDoors, Kit, serving

        from scanner.probes.unlocking import Unlocking

        async with serving(guarded) as port:
            unlocking = Unlocking(sheet=credentials, ledger=ledger, doors=FixedDoors(port))
            await unlocking.run([device()], Kit().wire, lambda _: True, 20.0)
        return unlocking.visits

    def test_forbidden_calls_end_before_the_third(self, tmp_path):
        few = lock(forbidden=frozenset({"GetScopes", "GetNetworkInterfaces", "GetUsers", "GetProfiles"}))
        guarded, _, visits = visit(few, sheet(tmp_path))
        assert visits[0].outcome == "accepted"
        assert sum(b"GetUsers" in heard for heard in guarded.heard) == 0


def evidence_of(kit):
    from scanner.fingerprints import identify, load
    from scanner.model import Attribute

    found = identify((o for m in kit.messages for o in parse(m)), load())
    return {(item.attribute, item.value) for item in found if item.attribute is not Attribute.KIND}


class TestInterfaces:
    """Makers' own interfaces, asked of whom they made, with a digest as every one of them wants it."""

    SERIALS = (("Axis", "ACCC8E201030"), ("Hanwha Vision", "ZZUL70GK400123A"), ("Dahua", "4X7C5A1ZAG21L3F"))
    MODELS = (("Axis", "M3024-L"), ("Hanwha Vision", "XNV-C8083R"), ("Dahua", "IPC-HDW5831R-ZE"))
    FIRMWARE = "2.800.0000016.0.R,build:2020-06-05"

    def visit(self, maker, folder, kind="camera", **more):
        own = Owned(model=dict(self.MODELS)[maker], serial=dict(self.SERIALS)[maker], **more)
        service = {"Axis": "vapix", "Hanwha Vision": "sunapi", "Dahua": "dahua"}[maker]
        entry = sheet(folder, selector=f'maker = "{maker}"', more=f'services = ["{service}"]')
        odd = Lock(user="census", password=PASSWORD, ask=Ask.HTTP, own=own)
        return visit(odd, entry, device(kind=kind, maker=maker))

    @pytest.mark.parametrize(
        ("maker", "firmware"),
        [("Axis", "9.80.1"), ("Hanwha Vision", "1.41.02_20200311_R360"), ("Dahua", FIRMWARE)],
    )
    def test_model_serial_number_and_firmware(self, maker, firmware, tmp_path):
        guarded, kit, visits = self.visit(maker, tmp_path, firmware=firmware)
        assert [(v.outcome, v.why) for v in visits] == [("accepted", "")]
        assert guarded.failures == 0
        told = {(attribute.value, value) for attribute, value in evidence_of(kit)}
        assert ("model", dict(self.MODELS)[maker]) in told
        assert ("serial", dict(self.SERIALS)[maker]) in told
        assert ("firmware", firmware) in told

    def test_what_axis_says_of_sound(self, tmp_path):
        _, kit, _ = self.visit("Axis", tmp_path, audio_in=1)
        told = {(attribute.value, value) for attribute, value in evidence_of(kit)}
        assert ("capability", "audio-in") in told
        assert ("capability", "audio-out") not in told

    def test_cameras_behind_a_recorder_of_hanwha(self, tmp_path):
        from scanner.lab.soap import Behind

        behind = (Behind(name="", model="XNO-6080R"), Behind(name="", model="QNV-7010R"))
        _, kit, visits = self.visit("Hanwha Vision", tmp_path, kind="recorder", behind=behind)
        assert visits[0].outcome == "accepted"
        inputs = {
            o.subject.channel: dict(o.facts) for m in kit.messages for o in parse(m) if o.subject.channel
        }
        assert {number: facts["channel.model"] for number, facts in inputs.items()} == {
            "1": "XNO-6080R",
            "2": "QNV-7010R",
        }
        kept = b"".join(m.request + m.payload for m in kit.messages)
        assert not any(word in kept for word in (b"behind-secret", b"recorder-user"))


class TestSecrets:
    @pytest.mark.parametrize("ask", [Ask.SOAP, Ask.HTTP, Ask.BASIC])
    def test_no_message_holds_the_password_or_what_could_be_tried_against_it(self, ask, tmp_path, caplog):
        caplog.set_level(logging.DEBUG)
        _, kit, _ = visit(lock(ask), sheet(tmp_path, more='allow = ["basic"]'), device(kind="recorder"))
        kept = b"".join(m.request + m.payload for m in kit.messages)
        assert len(kit.messages) > 5
        for word in spellings(PASSWORD):
            assert word.encode() not in kept
            assert word not in caplog.text
        for digest in (b"response=", b"PasswordDigest", b"<wsu:Created", b"cnonce"):
            assert digest not in kept
        assert any(carries_credentials(m.request) for m in kit.messages)

    def test_secrets_of_cameras_behind_a_recorder_are_not_kept(self, tmp_path):
        from scanner.lab.soap import Behind

        own = Owned(behind=(Behind(name="Door", model="IPC-HDW2431T", address="10.1.1.5", maker="Dahua"),))
        for maker in ("Hikvision", "Dahua"):
            recorder = device(kind="recorder", maker=maker)
            odd = Lock(user="census", password=PASSWORD, ask=Ask.HTTP, own=own)
            _, kit, _ = visit(odd, sheet(tmp_path, selector=f'maker = "{maker}"'), recorder)
            kept = b"".join(m.payload for m in kit.messages)
            assert b"IPC-HDW2431T" in kept
            assert b"behind-secret" not in kept
            assert b"recorder-user" not in kept


def test_inputs_that_only_onvif_tells_stay_apart_in_what_is_kept(tmp_path):
    """Tokens of the ONVIF schema name an input and open nothing: starred they would all be one."""
    recorder = lock(services=frozenset({"onvif"}))
    recorder = replace(recorder, own=replace(OWN, sources=3))
    _, kit, visits = visit(recorder, sheet(tmp_path), device(kind="recorder"))
    assert visits[0].outcome == "accepted"
    inputs = {o.subject.channel for m in kit.messages for o in parse(m) if o.subject.channel}
    assert inputs == {"1", "2", "3"}
    assert ("onvif.profile_sources", "3") in facts_of(kit)


def test_a_camera_that_has_only_the_second_media_service(tmp_path):
    """Profile T asks for Media 2 and not for the first: sources, microphones and analytics come from its profiles."""
    own = replace(OWN, media=("Media2",), sources=2, audio_in=2, audio_out=1)
    guarded, kit, visits = visit(replace(lock(), own=own), sheet(tmp_path), device(kind="recorder"))
    assert visits[0].outcome == "accepted"
    assert guarded.failures == 0
    facts = facts_of(kit)
    assert {
        *(("onvif.profile_sources", "2"), ("onvif.audio_sources", "2"), ("onvif.audio_outputs", "1")),
        *(("onvif.rule", "tt:LineDetector"), ("onvif.module", "tt:CellMotionEngine")),
    } <= facts
    assert {o.subject.channel for m in kit.messages for o in parse(m) if o.subject.channel} == {"1", "2"}
    assert not any(b"ver10/media/wsdl" in heard for heard in guarded.heard)


def test_who_has_both_media_services_is_asked_by_the_first(tmp_path):
    both = replace(lock(), own=replace(OWN, media=("Media", "Media2")))
    guarded, kit, _ = visit(both, sheet(tmp_path))
    assert ("onvif.profile_sources", "1") in facts_of(kit)
    assert not any(b"ver20/media/wsdl" in heard for heard in guarded.heard)


def test_onvif_zeep_leaves_the_root_logger_alone():
    import subprocess
    import sys

    code = (
        "import logging; from scanner.probes import onvif_wsdl; onvif_wsdl.prepare();"
        "root = logging.getLogger(); print(root.handlers, root.level, logging.getLogger('zeep.client').level)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] 30 0"
