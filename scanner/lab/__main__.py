"""`python -m scanner.lab`: the process in which `scanner.lab.run_inside` runs a function."""

import sys

from scanner.lab.inside import be_inside

if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: python -m scanner.lab STATUS-DESCRIPTOR MODULE:FUNCTION [WORD …]")
    sys.exit(be_inside(sys.argv[1:]))
