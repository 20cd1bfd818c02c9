"""What can go wrong on our side or the user's; the world's failures are values (`model.Outcome`), not these.

ScannerError            printed as one sentence, without a traceback; exit code 1
├── UsageError          the command's words do not fit; exit code 2
├── CaptureError        a file cannot be read as a capture
├── KnowledgeError      a fingerprint, vendor or list file is broken: names file, entry and key
└── ScopeError          something was asked outside what the operator authorised
"""


class ScannerError(Exception):
    """Something the user can mend; the message says what and how."""


class UsageError(ScannerError):
    """The words of the command do not fit together, or name something unknown."""


class CaptureError(ScannerError):
    """The file is missing, is not a capture, or stops before its first packet."""


class KnowledgeError(ScannerError):
    """A data file is broken. The message names the file, the entry and the key."""

    def __init__(self, file: str, entry: str, problem: str) -> None:
        """Take the file's name, the entry's id (or position) and what is wrong with which key."""
        super().__init__(f"{file}: {entry}: {problem}")
        self.file, self.entry, self.problem = file, entry, problem


class ScopeError(ScannerError):
    """A packet was asked for outside the authorised networks, or the authorisation is out of date."""
