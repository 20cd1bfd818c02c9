"""The credentials file: what it may say, what is refused, and that nothing of it is repeated."""

import os
import pickle

import pytest
from guarded_kit import ENTRY, PASSWORD, sheet

from scanner.credentials import Secret, read_credentials
from scanner.credentials.secret import fetch
from scanner.errors import ScannerError


def written(folder, text, mode=0o600):
    path = folder / "credentials.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


def entry(selector='maker = "Hikvision"', more="", **words):
    password = words.get("password", '{ env = "THE_PASSWORD" }')
    return f'schema = 1\n[[credential]]\n{selector}\nusername = "census"\npassword = {password}\n{more}'


def fault(folder, text, mode=0o600):
    with pytest.raises(ScannerError) as raised:
        read_credentials(written(folder, text, mode))
    return str(raised.value)


def test_selectors_are_put_into_canonical_form(tmp_path, monkeypatch):
    monkeypatch.setenv("THE_PASSWORD", PASSWORD)
    text = entry('maker = "HIKVISION"\nmac = "44-19-B6"\nserial = "abc123"\naddress = "10.0.0.0/8"')
    (made,) = read_credentials(written(tmp_path, text)).entries
    assert (made.maker, made.mac, made.serial) == (("Hikvision",), ("44:19:b6",), ("ABC123",))
    assert str(made.address[0]) == "10.0.0.0/8"
    assert made.password.reveal() == PASSWORD
    assert made.name == "credential 1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (entry(password='"hunter2-secret"'), "a password does not belong into this file"),
        (entry(password='{ env = "A", file = "b" }'), "give exactly one of env, file, keyring, command"),
        (entry(password="{ command = [] }"), "give exactly one of"),
        (entry(selector=""), "selects nobody"),
        (entry(selector='mac = "zz:zz:zz"'), "no MAC address"),
        (entry(selector='address = "10.0.0.300"'), "10.0.0.300"),
        (entry(more='allow = ["plain"]'), "allow"),
        (entry(more='secret = "hunter2-secret"'), "credential 1: secret"),
        (entry().replace("schema = 1", "schema = 2"), "schema"),
        ('password = "hunter2-secret', "is no TOML"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence_without_the_secret(text, words, tmp_path):
    said = fault(tmp_path, text)
    assert words in said
    assert "hunter2" not in said
    assert "\n" not in said


@pytest.mark.parametrize("mode", [0o644, 0o666, 0o660, 0o620, 0o604])
def test_a_file_that_others_may_read_or_change_is_refused(mode, tmp_path, monkeypatch):
    monkeypatch.setenv("THE_PASSWORD", PASSWORD)
    said = fault(tmp_path, entry(), mode)
    assert "chmod 0640" in said


@pytest.mark.parametrize("mode", [0o640, 0o644, 0o666])
def test_a_file_that_holds_the_secret_is_the_owners_alone(mode, tmp_path):
    sheet(tmp_path)
    (tmp_path / "secret").chmod(mode)
    with pytest.raises(ScannerError, match="chmod 0600") as raised:
        read_credentials(tmp_path / "credentials.toml")
    assert PASSWORD not in str(raised.value)


class TestReferences:
    def test_a_command_gives_its_first_line(self):
        found = fetch({"command": ["printf", "one\\ntwo\\n"]}, "here")
        assert found.reveal() == "one"

    @pytest.mark.parametrize(
        ("reference", "words"),
        [
            ({"env": "NO_SUCH_VARIABLE"}, "there is no environment variable NO_SUCH_VARIABLE"),
            ({"command": ["false"]}, "the command false ended with 1"),
            ({"command": ["no-such-command-x"]}, "does not run"),
            ({"command": ["true"]}, "command gives nothing"),
            ({"file": "/nowhere/at/all"}, "cannot be read"),
        ],
    )
    def test_one_that_leads_nowhere(self, reference, words):
        with pytest.raises(ScannerError, match=words):
            fetch(reference, "here")

    def test_the_keyring(self, monkeypatch):
        import keyring
        from keyring.backend import KeyringBackend

        class Held(KeyringBackend):
            priority = 1

            def get_password(self, service, username):
                return PASSWORD if (service, username) == ("cameras", "census") else None

            def set_password(self, service, username, password):
                raise AssertionError

        old = keyring.get_keyring()
        keyring.set_keyring(Held())
        try:
            assert fetch({"keyring": "cameras/census"}, "here").reveal() == PASSWORD
            with pytest.raises(ScannerError, match="nothing for"):
                fetch({"keyring": "cameras/other"}, "here")
        finally:
            keyring.set_keyring(old)


def test_a_secret_shows_itself_nowhere(tmp_path):
    secret = Secret(PASSWORD)
    assert PASSWORD not in f"{secret} {secret!r} {[secret]} {sheet(tmp_path)!r}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_the_digest_changes_with_the_file_and_with_the_secret_file(tmp_path):
    first = sheet(tmp_path).digest
    assert read_credentials(tmp_path / "credentials.toml").digest == first
    os.utime(tmp_path / "secret", ns=(1, 1))
    second = read_credentials(tmp_path / "credentials.toml").digest
    assert second != first
    path = tmp_path / "credentials.toml"
    path.write_text(ENTRY.format(name="other", selector='mac = "44:19:b6"', more=""))
    assert read_credentials(path).digest not in {first, second}
