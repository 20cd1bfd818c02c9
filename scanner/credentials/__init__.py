"""The operator's credentials: who gets which, and what must hold before anything is sent.

`sheet` reads the file, `secret` fetches what it refers to, `matching` decides who may have it, `ledger` remembers
who refused and who accepted, `tokens` makes digests of it, `traces` keeps it out of everything that is kept.
Nothing here opens a socket: `probes/unlocking` does the asking.
"""

from scanner.credentials.ledger import Identity, Ledger, identity_of
from scanner.credentials.matching import Grant, Known, Withheld, grant
from scanner.credentials.secret import Secret
from scanner.credentials.sheet import Credentials, Entry, read_credentials

__all__ = [
    "Credentials",
    "Entry",
    "Grant",
    "Identity",
    "Known",
    "Ledger",
    "Secret",
    "Withheld",
    "grant",
    "identity_of",
    "read_credentials",
]
