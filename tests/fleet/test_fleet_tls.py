"""The line to the centre: a sensor that asks for the server's certificate gets the right server or none."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fleet_kit import centre

from scanner.fleet.database import ShutOutError, UnreachableError, connected


def certificate(host):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.public_bytes(pem), private


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
"""Debian's server: the one of the package that other tests use speaks no TLS."""


def as_owner(folder):
    """Return what begins a command of the server: it refuses to run as root, so it runs as whoever owns its folder."""
    if os.getuid():
        return []
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]


@contextmanager
def tls_server(folder, port):
    """Run a server that speaks TLS to strangers only; gives the URL of its owner."""
    data = Path(tempfile.mkdtemp(prefix="pgtls-", dir="/tmp"))
    before, binaries = as_owner(data), BINARIES[-1]
    shown, private = certificate("localhost")
    (folder / "ca.crt").write_bytes(shown)
    try:
        subprocess.run(
            [*before, binaries / "initdb", "-A", "trust", "-U", "postgres", "-D", data / "d"],
            check=True,
            capture_output=True,
        )
        for name, content in (("server.crt", shown), ("server.key", private)):
            (data / "d" / name).write_bytes(content)
            (data / "d" / name).chmod(0o600)
            os.chown(data / "d" / name, (data / "d").stat().st_uid, -1)
        (data / "d" / "pg_hba.conf").write_text(
            "local all postgres trust\nhostssl all +camcensus_sensor 127.0.0.1/32 scram-sha-256\n"
        )
        words = ["-c", "ssl=on", "-c", "listen_addresses=localhost", "-c", f"port={port}", "-k", data]
        process = subprocess.Popen(
            [*before, binaries / "postgres", "-D", data / "d", *words], stderr=subprocess.DEVNULL
        )
        try:
            yield _awaited(f"postgresql://postgres@/postgres?host={data}&port={port}")
        finally:
            process.terminate()
            process.wait(20)
    finally:
        shutil.rmtree(data, ignore_errors=True)


def _awaited(url, seconds=20):
    end = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            assert time.monotonic() < end
            time.sleep(0.1)
        else:
            return url


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    if not BINARIES:
        pytest.skip("Debian's PostgreSQL is not installed: apt-get install postgresql")
    folder, port = tmp_path_factory.mktemp("tls"), free_port()
    (folder / "other.crt").write_bytes(certificate("localhost")[0])
    with tls_server(folder, port) as owner:
        user = centre(owner, "hall").add_sensor("one", "hall").partition("://")[2].partition("@")[0]
        yield f"postgresql://{user}@localhost:{port}/postgres?hostaddr=127.0.0.1", folder


def reached(url):
    with connected(url) as db:
        return db.execute("SELECT site FROM fleet_hello('1', now())").fetchone()


def test_the_right_server_is_believed(line):
    url, folder = line
    assert reached(f"{url}&sslmode=verify-full&sslrootcert={folder / 'ca.crt'}") == ("hall",)


def test_another_certificate_is_not(line):
    url, folder = line
    with pytest.raises(UnreachableError, match="certificate verify failed"):
        reached(f"{url}&sslmode=verify-full&sslrootcert={folder / 'other.crt'}")


def test_a_line_without_tls_is_refused_by_the_server(line):
    url, _ = line
    with pytest.raises(UnreachableError, match="no encryption"):
        reached(f"{url}&sslmode=disable")


def test_another_password_is_refused(line):
    url, folder = line
    scheme, _, rest = url.partition("://")
    wrong = f"{scheme}://{rest.partition(':')[0]}:wrong@{rest.partition('@')[2]}"
    with pytest.raises(ShutOutError, match="password authentication failed"):
        reached(f"{wrong}&sslmode=verify-full&sslrootcert={folder / 'ca.crt'}")
