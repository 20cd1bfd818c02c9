"""Names that networks give their hosts by habit: no maker's grammar of models may take one for a camera."""

from scanner.fingerprints import load
from scanner.model import SURVEILLANCE_KINDS, Attribute, Strength

WORDS = """
    SRV SERVER DC PC WS NAS FS DB WEB APP MAIL EX PRN PRT SW RT AP FW NB LT LAPTOP DESKTOP VM ESX HV SQL TS RDS VPN
    PBX UPS PDU NET HOST NODE LAB DEV TEST PROD IT HR FIN MGMT CORE EDGE GW BK MON LOG DNS NTP CA WSUS SC MDM KIOSK POS
""".split()  # noqa: SIM905 - a paragraph of words reads better than sixty quoted strings
SITES = ("", "HQ-", "LON-", "O2", "S1-", "B12-", "NYC")
NUMBERS = ("1", "7", "01", "12", "003", "042", "117", "0005", "0123", "2019", "4471", "00318", "71204")


def _names() -> list[str]:
    return [
        name
        for site in SITES
        for word in WORDS
        for number in NUMBERS
        for name in (f"{site}{word}{number}", f"{site}{word}-{number}", f"{site}{word}{number}A")
    ]


def _is_surveillance(name: str) -> bool:
    """Tell whether a host's name alone, without a weak hint, is read as a model of a camera, recorder, intercom …"""
    claims = [
        dict(hit.claims)
        for hit in load().match("dhcp.hostname", name)
        if hit.fingerprint.strength is not Strength.WEAK
    ]
    return any(claim.get(Attribute.KIND) in SURVEILLANCE_KINDS for claim in claims)


def test_no_habitual_name_is_a_model():
    names = _names()
    assert len(names) > 15000
    assert [name for name in names if _is_surveillance(name)] == []


def test_the_same_question_knows_a_model():
    assert all(map(_is_surveillance, ("DS-2CD2143G0-I", "XRN-1610S", "PRN-4011", "FD9187-HT")))
