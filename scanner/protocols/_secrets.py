"""What must not be kept of what devices and their clients say: addresses and field names to harmless ones.

Strategy: by the name of the parameter, since nobody can tell a secret by its value. Names of users go with
their passwords, because old recorders put both into stream addresses.
"""

import re
from functools import lru_cache

MAX_ADDRESS = 2048
"""Characters of an address that are kept."""

_SECRET_ENDINGS = (
    *(
        "password",
        "passwd",
        "passphrase",
        "pass",
        "pwd",
        "psw",
        "psk",
        "passcode",
        "username",
        "userid",
        "token",
        "secret",
    ),
    *("salt", "nonce", "key", "sessionid", "sid", "signature", "authorization"),
    *("cookie", "challenge", "footprint"),  # HNAP
)
REFERENCES = frozenset(
    {
        *("sourcetoken", "videosourcetoken", "audiosourcetoken", "profiletoken", "configurationtoken"),
        *("nodetoken", "recordingtoken", "tracktoken", "interfacetoken", "outputtoken"),
    }
)
"""Elements of the ONVIF schema's type ReferenceToken: they tell one input from another, and open nothing."""
MIN_TOKEN = 24
"""Characters from which a name with several digits is itself a token, as in the whitelist of a Hue bridge."""
MIN_TOKEN_DIGITS = 4

_PARAMETERS = (
    "pass(?:word|wd|phrase|code)?|pwd|psw|psk|user(?:name)?|usr(?:name)?|loginuse|loginpas|login|token"
    "|session(?:id|key)?|sid|e?ssid|auth(?:orization)?|signature|secret|salt|nonce|api_?key|key"
)
# A value runs to the next separator, or to "_name=", which is how Xiongmai strings its parameters together.
_SECRET_PARAMETER = re.compile(rf"(?i)(?<![a-z0-9])((?:{_PARAMETERS})=)(?:(?!_[a-z]{{1,16}}=)[^&;/\s])+")
_TOKEN_IN_PATH = re.compile(
    r"(?i)(/api/)(?=[a-z-]{0,32}[0-9])[a-z0-9-]{20,64}(?=/|\?|$)"
)  # Philips Hue and its kin
_USER_INFO = re.compile(r"(?i)^([a-z]{3,8}://)[^/@\s]{1,256}@")


def without_secrets(address: str) -> str:
    """Return a path or URL without user information and without the values of parameters that may be secret.

    >>> without_secrets("rtsp://a:b@h/user=admin_password=tlJw_channel=1")
    'rtsp://h/user=_password=_channel=1'
    """
    bare = address[:MAX_ADDRESS]
    if "=" not in bare and "@" not in bare and "/api/" not in bare.lower():
        return bare  # as most headers are: none of the three patterns could fit
    bare = _USER_INFO.sub(r"\1", bare)
    return _TOKEN_IN_PATH.sub(r"\1", _SECRET_PARAMETER.sub(r"\1", bare))


@lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    """Tell whether a field of this name may hold a secret: "adminPassword", "session_id", "rsa_key", "ssid".

    >>> is_secret("ConfirmPassword"), is_secret("serialNumber"), is_secret("SourceToken")
    (True, False, False)
    """
    plain = "".join(c for c in name.lower() if c.isalnum())
    is_token = len(plain) >= MIN_TOKEN and sum(c.isdigit() for c in plain) >= MIN_TOKEN_DIGITS
    return is_token or (plain.endswith(_SECRET_ENDINGS) and plain not in REFERENCES)
