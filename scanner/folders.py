"""Where files of this program belong that are the user's own: XDG on Unix, what macOS and Windows have elsewhere."""

import os
import sys
from pathlib import Path

_PROGRAM = "camcensus"


def data_folder() -> Path:
    """Return the folder of data that must not be lost (installed lists, the store); it need not be there yet."""
    return _folder("XDG_DATA_HOME", Path(".local") / "share")


def config_folder() -> Path:
    """Return the folder of the user's own settings; it need not be there yet."""
    return _folder("XDG_CONFIG_HOME", Path(".config"))


def _folder(variable: str, otherwise: Path) -> Path:
    wanted = os.environ.get(variable, "")
    if wanted and Path(wanted).is_absolute():
        return Path(wanted) / _PROGRAM
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / _PROGRAM
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home)) / _PROGRAM
    return home / otherwise / _PROGRAM
