"""The knowledge that a command judges with: the shipped one, and what the operator adds to it."""

from pathlib import Path
from typing import TYPE_CHECKING

from scanner.cli import screen

if TYPE_CHECKING:
    from scanner.cli.reporting import Basis
    from scanner.fingerprints import Knowledge


def knowledge_with(recog: Path | None, nmap: Path | None, *, quiet: bool = False) -> "Knowledge":
    """Return the shipped knowledge, with Recog's and nmap's where asked for; says on stderr what of theirs is used.

    Raises KnowledgeError with the file, the line and what is wrong.
    """
    from scanner.fingerprints import load

    if recog is None and nmap is None:
        return load()
    from scanner.fingerprints.foreign import load_with

    knowledge, theirs = load_with(recog, nmap)
    for tally in theirs.tallies if not quiet else ():
        screen.talk(tally.sentence())
    return knowledge


def knowledge_of(
    against: "Basis", recog: Path | None, nmap: Path | None, *, quiet: bool = False
) -> "Knowledge | None":
    """Return the knowledge with what the words or the configuration add to it; None where that is nothing."""
    recog, nmap = recog or against.recog, nmap or against.nmap
    return knowledge_with(recog, nmap, quiet=quiet) if recog or nmap else None
