"""The one reader of XML from devices: raw bytes to a small tree of plain values, or None.

Strategy: the prolog is passed over by hand, so that the parser behind never sees a document type and has no
entities to expand; characters that XML forbids are dropped, stray ampersands and angle brackets are escaped,
and the root element goes to libxml2 in recovery mode without network and without its "huge" switch. What
comes back is copied into frozen `Element`s up to fixed depth, number and length: nothing of the parser leaves
this file. Names are compared without regard to case or namespace, because devices respect neither.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from scanner.protocols._text import document_text

MAX_XML = 256 * 1024
"""Bytes of a document that are read."""
MAX_DEPTH = 64
"""Levels of elements that are kept; deeper ones are dropped."""
MAX_ELEMENTS = 8192
"""Elements that are kept."""
MAX_TEXT = 8192
"""Characters of one text or attribute that are kept."""
MAX_ATTRIBUTES = 64
"""Attributes, and namespace declarations, of one element that are kept."""
REMEMBERED = 8
"""Documents whose tree is kept for the next reader."""
REMEMBERED_NAMES, MAX_REMEMBERED_NAME = 512, 256
"""Names of elements and attributes whose parts are kept, and the characters of the longest of them."""
MAX_DECLARATION = 256
"""Characters in which the XML declaration must end."""

# Everything outside Char of XML 1.0 §2.2: control characters but TAB, LF, CR; surrogates; FFFE and FFFF.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# An ampersand that begins no predefined entity or character reference, or "<" that begins no tag.
_STRAY = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)|<(?![A-Za-z_:/!?\x80-\U0010ffff])"
)
_PSEUDO_ATTRIBUTE = re.compile(
    r"""(encoding|standalone)[ \t\r\n]{0,8}=[ \t\r\n]{0,8}["']([A-Za-z0-9._:-]{1,40})["']"""
)


class Element(NamedTuple):
    """One element: local name, prefix as sent, namespace ("" where undeclared), attributes, text, children.

    `attributes` are (local name, value); `namespaces` are the (prefix, uri) declared on this very element,
    the default namespace under the prefix ""; `text` is what stands before the first child, stripped. A named
    tuple, because it is made a third as dear as a frozen dataclass, and documents are mostly elements.
    """

    name: str
    prefix: str = ""
    namespace: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    namespaces: tuple[tuple[str, str], ...] = ()
    text: str = ""
    children: tuple["Element", ...] = ()

    def walk(self) -> Iterator["Element"]:
        """Yield this element and all below it in document order."""
        stack = [self]
        while stack:
            element = stack.pop()
            yield element
            stack += element.children[::-1]

    def is_named(self, name: str) -> bool:
        """Tell whether the local name is this one, whatever its case."""
        return self.name.lower() == name.lower()

    def find_all(self, name: str) -> Iterator["Element"]:
        """Yield every element below this one that has this local name, in document order."""
        wanted = name.lower()
        stack = list(self.children[::-1])
        while stack:
            element = stack.pop()
            if element.name.lower() == wanted:
                yield element
            if element.children:
                stack += element.children[::-1]

    def find(self, name: str) -> "Element | None":
        """Return the first element below this one that has this local name, or None."""
        return next(self.find_all(name), None)

    def text_of(self, name: str) -> str:
        """Return the text of the first element below this one that has this local name, or ""."""
        found = self.find(name)
        return found.text if found else ""

    def child(self, name: str) -> "Element | None":
        """Return the first direct child that has this local name, or None."""
        return next((element for element in self.children if element.is_named(name)), None)

    def attribute(self, name: str) -> str | None:
        """Return the first attribute that has this local name, whatever its case, or None."""
        wanted = name.lower()
        return next((value for key, value in self.attributes if key.lower() == wanted), None)

    def declared_namespaces(self) -> tuple[tuple[str, str], ...]:
        """Return every (prefix, uri) that this element and those below declare, in order, without repeats."""
        found: dict[tuple[str, str], None] = {}
        for element in self.walk():
            if element.namespaces:
                found |= dict.fromkeys(element.namespaces)
        return tuple(found)


_Draft = tuple[Any, list[tuple[str, str]], list[Element]]
"""An element whose end has not been seen: libxml2's, the namespaces that it declares, the children so far."""


@lru_cache(maxsize=REMEMBERED)
def read_xml(raw: bytes, charset: str | None = None) -> Element | None:
    """Read a document and return its root, or None where there is no element to be found.

    `charset` is what the transport declared; the XML declaration and a byte order mark come first. Rubbish
    before the first tag and after the last, cut documents, unbound prefixes and wrong nesting are tolerated.
    A document type declaration is passed over unread, and references to its entities stay as they were
    written. The last few documents are remembered: several readers look at one body.
    """
    text = _document_text(raw, charset)
    start = _root_offset(text)
    if start is None:
        return None
    text = text[start:]
    if not (text.isascii() and text.isprintable()):
        text = _FORBIDDEN.sub("", text)
    repaired = _repair(text)
    return _tree(_events(repaired.encode("utf-8", "replace")))


def is_standalone(raw: bytes) -> bool | None:
    """Tell what the XML declaration says of itself: standalone="yes", "no", or None where it says nothing."""
    said = dict(_PSEUDO_ATTRIBUTE.findall(_declaration(_peek(raw)))).get("standalone")
    return None if said is None else said == "yes"


def _document_text(raw: bytes, charset: str | None) -> str:
    raw = raw[:MAX_XML].lstrip(b"\r\n\t ")
    declared = dict(_PSEUDO_ATTRIBUTE.findall(_declaration(_peek(raw)))).get("encoding")
    return document_text(raw, declared or charset)


def _peek(raw: bytes) -> str:
    """Return the beginning of a document, where everything that matters is ASCII."""
    return raw[: 2 * MAX_DECLARATION].replace(b"\0", b"").decode("latin-1")


def _declaration(text: str) -> str:
    start = text.find("<?xml")
    end = text.find("?>", start, start + MAX_DECLARATION) if start >= 0 else -1
    return text[start:end] if end >= 0 else ""


def _root_offset(text: str) -> int | None:
    """Return where the root's start tag begins: past declarations, comments, document types and rubbish."""
    at = text.find("<")
    while at >= 0:
        if text.startswith("<?", at):
            at = _past(text, "?>", at)
        elif text.startswith("<!--", at):
            at = _past(text, "-->", at)
        elif text.startswith("<!", at):
            at = _past_doctype(text, at)
        elif text[at + 1 : at + 2].isalpha() or text[at + 1 : at + 2] in ("_", ":"):
            return at if text[at + 1 : at + 2] else None
        else:
            at += 1
        at = text.find("<", at) if at >= 0 else -1
    return None


def _past(text: str, closing: str, at: int) -> int:
    end = text.find(closing, at)
    return end + len(closing) if end >= 0 else -1


def _past_doctype(text: str, at: int) -> int:
    """Return the end of a document type declaration; an internal subset runs to its "]>" or to the end."""
    end, subset = text.find(">", at), text.find("[", at)
    return _past(text, "]>", at) if 0 <= subset < end else _past(text, ">", at)


def _repair(text: str) -> str:
    """Escape ampersands and angle brackets that mean themselves, outside CDATA sections."""
    first, *sections = text.split("<![CDATA[")
    repaired = [_STRAY.sub(_escape, first)]
    for section in sections:
        verbatim, closing, rest = section.partition("]]>")
        repaired.append(f"<![CDATA[{verbatim}{closing}{_STRAY.sub(_escape, rest)}")
    return "".join(repaired)


def _escape(stray: re.Match[str]) -> str:
    return "&amp;" if stray.group() == "&" else "&lt;"


def _events(document: bytes) -> Iterator[tuple[str, Any]]:
    """Let libxml2 read the document and yield starts, ends and namespace declarations in order."""
    from lxml import etree

    parser = etree.XMLPullParser(
        events=("start", "end", "start-ns"),
        encoding="utf-8",
        recover=True,
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        parser.feed(document)
        parser.close()
    except etree.LxmlError:
        pass  # what was read before the parser gave up is still worth having
    yield from parser.read_events()


def _tree(events: Iterator[tuple[str, Any]]) -> Element | None:
    """Build the tree from events; elements that never end are ended where the document does."""
    open_drafts: list[_Draft] = []
    declared: list[tuple[str, str]] = []
    root: Element | None = None
    skipped = count = 0
    for event, what in events:
        if event == "start-ns":
            declared.append((what[0][:MAX_TEXT], what[1][:MAX_TEXT]))
        elif event == "start":
            if skipped or len(open_drafts) >= MAX_DEPTH or count >= MAX_ELEMENTS:
                skipped += 1
            else:
                count += 1
                open_drafts.append((what, declared[:MAX_ATTRIBUTES], []))
            declared = []
        elif skipped:
            skipped -= 1
        else:
            root = _close(open_drafts)
    while open_drafts:
        root = _close(open_drafts)
    return root


def _close(open_drafts: list[_Draft]) -> Element:
    """End the innermost element and hand it to its parent."""
    source, namespaces, children = open_drafts.pop()
    prefix, namespace, name = _split_name(source.tag)
    text = (source.text or "").strip()[:MAX_TEXT]
    attributes, inside = _attributes(source), tuple(children)
    element = Element(name, source.prefix or prefix, namespace, attributes, tuple(namespaces), text, inside)
    if open_drafts:
        open_drafts[-1][2].append(element)
    return element


def _attributes(source: Any) -> tuple[tuple[str, str], ...]:
    # keys() and get(), because items() costs the square of the number of attributes
    keys = source.keys()
    if not keys:
        return ()
    return tuple((_split_name(key)[2], (source.get(key) or "")[:MAX_TEXT]) for key in keys[:MAX_ATTRIBUTES])


def _split_name(tag: str) -> tuple[str, str, str]:
    """Return prefix, namespace, local name of "{uri}name", or of "prefix:name" with an unbound prefix."""
    return (_remembered_parts if len(tag) <= MAX_REMEMBERED_NAME else _parts)(tag)


def _parts(tag: str) -> tuple[str, str, str]:
    namespace, _, name = tag[1:].rpartition("}") if tag[:1] == "{" else ("", "", tag)
    prefix, _, name = name.rpartition(":")
    return prefix, namespace, name


_remembered_parts = lru_cache(maxsize=REMEMBERED_NAMES)(_parts)
