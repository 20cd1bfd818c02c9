"""Text of lines "name=value", as makers' CGI programs answer, to dotted pairs: ("root.Brand.ProdNbr", "M1065-LW").

Dahua's, Axis's and Hanwha's interfaces answer so, Vivotek's with the value in quotes; small Chinese cameras
(get_status.cgi, param.cgi of hi3510) answer in statements of JavaScript, "var sys_ver='11.37.2.49';". A text is one
only if it begins so. Names that may hold a secret are left out with their values; number and length are bounded.
"""

import re
from collections.abc import Iterator
from itertools import islice

from scanner.protocols._secrets import is_secret

MAX_LINES = 2048
"""Lines of one text that are looked at."""
MAX_PAIRS = 160
"""Pairs of one text that are kept."""
_LINE = re.compile(r"([A-Za-z][\w.:-]{0,159})=(\S[^\r\n]{0,1023}|)\s*")
_STATEMENT = re.compile(
    r"""\bvar\s+([A-Za-z]\w{0,63})\s*=\s*(?:'([^'\r\n]{0,255})'|"([^"\r\n]{0,255})"|([\w.+-]{1,64}))\s*;"""
)

_QUOTED = re.compile(r"""(['"])([^'"]*)\1""")
"""A value that is one quoted string and nothing else has its quotes for the program's sake, not the device's."""
_OF_A_USER = re.compile(r"(?i)user|^name\d")
"""Accounts that these programs count: user1_name, ftp_user; name0 beside password0."""


def read_pairs(text: str) -> tuple[tuple[str, str], ...]:
    r"""Return the pairs of a text; () for one that does not begin with such a line.

    >>> read_pairs("deviceType=IPC-HDW5831R-ZE\r\nserialNumber=4X7C5A1ZAG21L3F\r\npassword=x")
    (('deviceType', 'IPC-HDW5831R-ZE'), ('serialNumber', '4X7C5A1ZAG21L3F'))
    >>> read_pairs("var id='00626E4A3CD0';\nvar tz=28800;\nvar alias='';\nvar user1_pwd='x'; var name0=\"admin\";")
    (('id', '00626E4A3CD0'), ('tz', '28800'))
    >>> read_pairs("system_info_modelname='IB8369A'\r\nsystem_hostname=''")
    (('system_info_modelname', 'IB8369A'),)
    """
    stripped = text.strip()
    if _STATEMENT.match(stripped):
        return tuple(dict.fromkeys(_statements(stripped)))[:MAX_PAIRS]
    lines = stripped.splitlines()[:MAX_LINES]
    if not lines or not _LINE.fullmatch(lines[0]):
        return ()
    return tuple(dict.fromkeys(_pairs(lines)))[:MAX_PAIRS]


def _pairs(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        found = _LINE.fullmatch(line)
        value = _unquoted(found[2].strip()) if found else ""
        if found and value and not is_secret(found[1].rpartition(".")[2]):
            yield found[1], value


def _unquoted(value: str) -> str:
    quoted = _QUOTED.fullmatch(value)
    return quoted[2] if quoted else value


def _statements(text: str) -> Iterator[tuple[str, str]]:
    for found in islice(_STATEMENT.finditer(text), MAX_LINES):
        value = (found[2] or found[3] or found[4] or "").strip()
        if value and not is_secret(found[1].rstrip("0123456789")) and not _OF_A_USER.search(found[1]):
            yield found[1], value
