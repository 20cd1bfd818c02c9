"""Other people's knowledge: Recog's content and nmap's service probes, read from the user's own copies.

Both are large, and neither says who *made* a device: they know labels. So what they say is weak evidence of a
label, whatever they think of it; names are mapped to ours; and `identity` concludes nothing from it alone.
Nothing of theirs is in this repository: the files are named on the command line and read in their own format,
one reader a file. A pattern that RE2 cannot read is counted, not guessed at.
"""

from scanner.fingerprints.foreign.merging import Foreign, Tally, load_with, read_foreign

__all__ = ["Foreign", "Tally", "load_with", "read_foreign"]
