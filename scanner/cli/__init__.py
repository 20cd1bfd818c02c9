"""The command line: one file a command, each parses, calls one function and prints. stdout is data, stderr talk.

Start-up is tested: nothing heavier than typer is imported before a command runs.
"""

import gc
import sys
from collections.abc import Sequence
from typing import NoReturn

from scanner.cli.exits import Exit
from scanner.errors import ScannerError, UsageError

RARELY = 50_000, 20, 50
"""New objects before Python looks for cycles: what a command loads it keeps, and looking through it again and again
is a fifth of a replay."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with one of `exits.Exit`; without arguments those of the process."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(run(words))


def run(words: Sequence[str]) -> int:
    """Return the exit code of a command line; whatever goes wrong is one sentence on stderr.

    With --debug among the words, unexpected errors and those of parsers pass through.
    """
    gc.set_threshold(*RARELY)
    from scanner.cli.app import app

    try:
        app(args=list(words), prog_name="camcensus")
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else Exit.OK
    except UsageError as error:
        return _said(str(error), Exit.USAGE)
    except ScannerError as error:
        return _said(str(error), Exit.FAILED)
    except KeyboardInterrupt:
        return _said("interrupted", Exit.INTERRUPTED)
    except Exception as error:
        if "--debug" in words:
            raise
        return _said(f"unexpected {type(error).__name__}: {error}; --debug shows where", Exit.FAILED)
    return Exit.OK


def _said(sentence: str, code: Exit) -> Exit:
    from scanner.reports.phrases import plain

    print(f"camcensus: {plain(sentence)}", file=sys.stderr)
    return code
