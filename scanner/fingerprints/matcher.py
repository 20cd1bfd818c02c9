"""Facts → hits: which fingerprints fit a text, in time that hardly grows with their number.

Strategy: the fingerprints of one fact key form a pool. A pool holds one dictionary for exact texts and one
automaton (`re2.Set`) of all its patterns; one pass over a text names the few that fit, and only those are run
again to read their groups. Devices repeat themselves, so results are remembered per key and text, bounded in
number and in length. RE2 has no backtracking: no text a stranger sends can make a pattern slow.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from scanner.errors import KnowledgeError
from scanner.fingerprints.fingerprint import ANSWER, Claim, Condition, Fingerprint, Hit
from scanner.fingerprints.groups import MEMBERS, NAMED, SAID, groups_of
from scanner.fingerprints.values import value_of
from scanner.model import Attribute, Strength
from scanner.vendors import Vendors, vendors

MAX_TEXT = 4 * 1024
"""Characters of a fact that patterns see."""
MAX_BODY = 64 * 1024
"""Likewise for keys in BODY_KEYS."""
BODY_KEYS = frozenset({"http.body"})
MAX_REMEMBERED = 8192
"""Results kept per Knowledge."""
MAX_REMEMBERED_KEYS = 1024
"""Keys whose pools are remembered; devices choose names of headers."""
MAX_REMEMBERED_TEXT = 1024
"""Characters of a text whose result is kept: bounds the memory of the former to about 32 MiB at worst."""
MAX_REMEMBERED_ANSWERS, MAX_REMEMBERED_ANSWER = 256, 16 * 1024
"""Whole observations whose result is kept, and the characters of the longest: devices of one model say the same."""
AUTOMATON_BYTES = 64 * 1024 * 1024
"""Most memory of one pool's automaton. It is taken as texts need it, not at once; when it is full, the automaton
forgets and begins anew, so that hostile texts cost time, not memory. (With 16 MiB, 300 patterns such as
"a.{0,200}b" could not be compiled.)"""

_ANSWER = f".{ANSWER}"

_NAMES = frozenset({Attribute.BRAND, Attribute.MAKER})

Facts = Iterable[tuple[str, str]]


def _options(memory: int = 8 * 1024 * 1024) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = memory
    return options


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str) -> Any:
    """Return a compiled RE2 pattern; ValueError with RE2's reason if it is not one."""
    import re2

    try:
        return re2.compile(pattern, _options())
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        raise ValueError(reason.decode() if isinstance(reason, bytes) else str(reason)) from None


class _Pool:
    """The fingerprints of one key: a dictionary of exact texts and an automaton of patterns."""

    def __init__(self, key: str, fingerprints: Iterable[tuple[int, Fingerprint]]) -> None:
        import re2

        self._key = key
        self._exact: dict[str, list[int]] = {}
        self._ranks: list[int] = []
        self._set = re2.Set.SearchSet(_options(AUTOMATON_BYTES))
        for rank, fingerprint in fingerprints:
            for text in fingerprint.equals:
                self._exact.setdefault(text, []).append(rank)
            if fingerprint.pattern is not None:
                self._set.Add(fingerprint.pattern)
                self._ranks.append(rank)
        if self._ranks:
            self._compile()

    def _compile(self) -> None:
        import re2

        try:
            self._set.Compile()
        except re2.error:
            problem = f"pattern: all {len(self._ranks)} of this key need more than {AUTOMATON_BYTES} bytes"
            raise KnowledgeError("all files", self._key, problem) from None

    def search(self, text: str) -> Iterator[int]:
        """Yield the ranks in the data files of the fingerprints that fit."""
        yield from self._exact.get(text, ())
        if self._ranks:
            yield from (self._ranks[index] for index in self._set.Match(text) or ())


class Knowledge:
    """All fingerprints, ready to match; immutable in effect and safe to share.

    `version` is the newest date among the entries and a hash of the files that they came from; `answers` are the
    protocols whose whole messages some entry is about.
    """

    def __init__(self, fingerprints: tuple[Fingerprint, ...], version: str) -> None:
        self.fingerprints = fingerprints
        self.version = version
        self._vendors: Vendors = vendors()
        self._entries: dict[str, list[tuple[int, Fingerprint]]] = {}
        for rank, fingerprint in enumerate(fingerprints):
            for name in (fingerprint.match, *also_in(fingerprint)):
                self._entries.setdefault(name, []).append((rank, fingerprint))
        self._prefixes = tuple(key[:-1] for key in self._entries if key.endswith("*"))
        self.answers = frozenset(key[: -len(_ANSWER)] for key in self._entries if key.endswith(_ANSWER))
        self._pools: dict[str, _Pool] = {}
        self._known: dict[int, tuple[Hit, Any]] = {}
        self._pools_of = lru_cache(maxsize=MAX_REMEMBERED_KEYS)(self._find_pools)
        self._remembered = lru_cache(maxsize=MAX_REMEMBERED)(self._search)
        self._all_remembered = lru_cache(maxsize=MAX_REMEMBERED_ANSWERS)(self._match_all)

    def prepare(self) -> None:
        """Build every automaton now instead of at its key's first fact; KnowledgeError if one is too large."""
        for key in self._entries:
            self._pool(key)

    def match(self, key: str, text: str, facts: Facts = ()) -> tuple[Hit, ...]:
        """Return the fingerprints that fit one fact, in the order of the data files.

        `facts` are those of the same observation, for entries with `when`; a generic entry leaves to a vendor's
        own one what that one says.
        """
        if not (key in self._entries or groups_of(key) or key.startswith(self._prefixes)):
            return ()
        search = self._remembered if len(text) <= MAX_REMEMBERED_TEXT else self._search
        hits, conditional = search(key, text)
        if not conditional:
            return hits
        facts = tuple(facts)
        return _specific(tuple(hit for hit in hits if all(holds(c, facts) for c in hit.fingerprint.when)))

    def match_all(self, facts: tuple[tuple[str, str], ...]) -> tuple[tuple[tuple[str, str], Hit], ...]:
        """Return every fact of one observation that something fits, with what fits it, in order."""
        size = sum(len(text) for _, text in facts)
        return (self._all_remembered if size <= MAX_REMEMBERED_ANSWER else self._match_all)(facts)

    def _match_all(self, facts: tuple[tuple[str, str], ...]) -> tuple[tuple[tuple[str, str], Hit], ...]:
        return tuple((fact, hit) for fact in facts for hit in self.match(*fact, facts))

    def _search(self, key: str, text: str) -> tuple[tuple[Hit, ...], bool]:
        """Return what fits, and whether the other facts of the observation still have a say in it."""
        text = _bounded(key, text)
        found = sorted({item for pool in self._pools_of(key) for item in pool.search(text)})
        if key.endswith(_ANSWER):
            del found[1:]  # of whole answers the first entry that fits says all, as in nmap
        hits = tuple(hit for hit in (self._hit(rank, text) for rank in found) if hit.claims)
        if key in MEMBERS[NAMED]:
            hits = _of_own_key(key, hits)
        conditional = any(hit.fingerprint.when for hit in hits)
        return (hits if conditional else _specific(hits)), conditional

    def _find_pools(self, key: str) -> list[_Pool]:
        names = {f"{prefix}*" for prefix in self._prefixes if key.startswith(prefix)}
        names |= {key, *groups_of(key)}
        return [self._pool(name) for name in names if name in self._entries]

    def _pool(self, name: str) -> _Pool:
        if name not in self._pools:
            self._pools[name] = _Pool(name, self._entries[name])
        return self._pools[name]

    def _hit(self, rank: int, text: str) -> Hit:
        """Return what a fingerprint claims of a text; what it claims of every text is worked out once."""
        constant, pattern = self._known.get(rank) or self._learn(rank)
        if pattern is None:
            return constant
        told = self._values(_groups(pattern, text))
        if constant.fingerprint.known and not self._knows(told):
            return Hit(fingerprint=constant.fingerprint, claims=())
        return Hit(fingerprint=constant.fingerprint, claims=constant.claims + told) if told else constant

    def _learn(self, rank: int) -> tuple[Hit, Any]:
        """Return and keep what a fingerprint always claims, and its pattern where that reads more from the text."""
        fingerprint = self.fingerprints[rank]
        hit = Hit(fingerprint=fingerprint, claims=self._values(fingerprint.claims))
        reads = fingerprint.has_groups and fingerprint.pattern is not None
        learnt = (hit, compile_pattern(fingerprint.pattern or "") if reads else None)
        self._known[rank] = learnt
        return learnt

    def _knows(self, claims: tuple[Claim, ...]) -> bool:
        """Tell whether the vendor table has every name that a text was read to hold."""
        names = [value for attribute, value in claims if attribute in _NAMES]
        return bool(names) and all(self._vendors.get(name) is not None for name in names)

    def _values(self, raw: Iterable[Claim]) -> tuple[Claim, ...]:
        values = ((attribute, value_of(attribute, value, self._vendors)) for attribute, value in raw)
        return tuple((attribute, value) for attribute, value in values if value)


def also_in(fingerprint: Fingerprint) -> tuple[str, ...]:
    """Return the group to which an entry belongs besides its `match`: a maker's models are told by names too."""
    names_models = fingerprint.vendor is not None and "(?P<model>" in (fingerprint.pattern or "")
    return (NAMED,) if fingerprint.match == SAID and names_models else ()


def fits(fingerprint: Fingerprint, text: str) -> bool:
    """Tell whether one fingerprint fits a text, whatever `when` asks."""
    if fingerprint.pattern is None:
        return text in fingerprint.equals
    return compile_pattern(fingerprint.pattern).search(_bounded(fingerprint.match, text)) is not None


def read(fingerprint: Fingerprint, text: str) -> Iterator[Claim]:
    """Yield what the named groups of a fingerprint read from a text, as written."""
    if fingerprint.pattern is None or not fingerprint.has_groups:
        return
    yield from _groups(compile_pattern(fingerprint.pattern), text)


def _groups(pattern: Any, text: str) -> Iterator[Claim]:
    found = pattern.search(text)
    if found is not None:
        yield from ((Attribute(name), value) for name, value in found.groupdict().items() if value)


def holds(condition: Condition, facts: Facts) -> bool:
    """Tell whether some fact meets a condition."""
    return any(_meets(condition, text) for key, text in facts if _is_key(condition.key, key))


def _is_key(wanted: str, key: str) -> bool:
    return key == wanted or (wanted.endswith("*") and key.startswith(wanted[:-1]))


def _meets(condition: Condition, text: str) -> bool:
    if condition.pattern is None:
        return text in condition.equals
    return compile_pattern(condition.pattern).search(_bounded(condition.key, text)) is not None


def _bounded(key: str, text: str) -> str:
    """Return what patterns may see of a text: its beginning, as text that UTF-8 can hold."""
    text = text[: MAX_BODY if key in BODY_KEYS else MAX_TEXT]
    return text if text.isascii() else text.encode(errors="replace").decode()


def _of_own_key(key: str, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """Return hits on a name where a maker's grammar of models leaves the model to the entry that he has for that key.

    D-Link's host name "DCS-930LB" is the model DCS-930L and a letter of the hardware.
    """
    own = {hit.fingerprint.vendor for hit in hits if hit.fingerprint.match == key and _tells_model(hit)}
    return tuple(
        Hit(fingerprint=hit.fingerprint, claims=rest) if rest != hit.claims else hit
        for hit in hits
        if (
            rest := _without_model(hit)
            if hit.fingerprint.match == SAID and hit.fingerprint.vendor in own
            else hit.claims
        )
    )


def _tells_model(hit: Hit) -> bool:
    return any(attribute is Attribute.MODEL for attribute, _ in hit.claims)


def _without_model(hit: Hit) -> tuple[Claim, ...]:
    return tuple(claim for claim in hit.claims if claim[0] is not Attribute.MODEL)


def _specific(hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """Return hits where generic entries leave to a vendor's own what those settle of the same text, and only that.

    An own entry that is weak settles nothing: it silences only what says otherwise, and nothing at all where others
    share the text. Else an unconfirmed entry of a maker would make a title say less than without it.
    """
    own = [hit for hit in hits if hit.fingerprint.vendor and not hit.fingerprint.generic]
    if not own or len(own) == len(hits):
        return hits
    trimmed = (_trimmed(hit, own) if hit.fingerprint.generic else hit for hit in hits)
    return tuple(hit for hit in trimmed if hit.claims)


def _trimmed(generic: Hit, own: list[Hit]) -> Hit:
    claims = tuple(claim for claim in generic.claims if not any(_settles(hit, claim) for hit in own))
    return generic if claims == generic.claims else Hit(fingerprint=generic.fingerprint, claims=claims)


def _settles(own: Hit, claim: Claim) -> bool:
    """Tell whether an own entry has the last word on a claim; a text read as a maker's plumbing is no label."""
    about = _NAMES if claim[0] in _NAMES else {claim[0]}
    said = [value for attribute, value in own.claims if attribute in about]
    firm = own.fingerprint.worth is not Strength.WEAK
    return bool(said) and (firm or (claim[1] not in said and not own.fingerprint.shared))
