"""Verdicts as the page names them: a word, a sentence, and a mark whose shape tells as much as its colour."""

from dataclasses import dataclass

from scanner.model import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """One state of a device on the page: `key` names its style and mark, `word` and `sentence` are for people."""

    key: str
    word: str
    sentence: str


MEANINGS: tuple[Meaning, ...] = (
    Meaning(
        key=Verdict.LISTED.value,
        word="listed",
        sentence="The maker is established, and it or its owner is named on a list.",
    ),
    Meaning(
        key=Verdict.POSSIBLE.value,
        word="possible",
        sentence="The label has been built by a listed maker, the evidence is contested or thin, or the list works by "
        "a criterion that a person has to decide.",
    ),
    Meaning(
        key=Verdict.UNDETERMINED.value,
        word="undetermined",
        sentence="A surveillance device whose maker nothing shows. Not a pass.",
    ),
    Meaning(
        key=Verdict.WAIVED.value,
        word="waived",
        sentence="One of the three above, and somebody answers for it until a date.",
    ),
    Meaning(
        key=Verdict.NOT_LISTED.value,
        word="not listed",
        sentence="The maker is known, and it is not on this version of any list.",
    ),
)
"""The worst first, as everywhere."""

OTHER = Meaning(
    key="other",
    word="other device",
    sentence="Not a surveillance device, or not known as one, and made by nobody on a list.",
)
"""Whatever no list was held against."""

ALL: tuple[Meaning, ...] = (*MEANINGS, OTHER)
POSITION = {meaning.key: position for position, meaning in enumerate(ALL)}
