"""Web pages of devices: decoded text to the few things that tell one web interface from another.

Strategy: one pass from tag to tag with `str.find`, no document tree and no parser that cares for nesting,
because these pages are broken in every way and only titles, sources and redirects matter. Whatever is left
open (comment, script, title, quote) is read to a bound or to the end, never twice; so the pass is linear.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

MAX_PAGE = 128 * 1024
"""Characters of a page that are read."""
MAX_TITLE = 512
"""Characters of a title that are kept."""
MAX_TAG = 2048
"""Characters of one tag that are read."""
MAX_EACH = 16
"""Scripts, frames, comments, icons, redirects and properties that are kept of each."""
MAX_COMMENT = 300
"""Characters of a comment that are kept."""
MAX_SOURCE = 512
"""Characters of an address that are kept."""

_SPACES = " \t\r\n\f"
_WANTED = frozenset({"title", "meta", "script", "link", "frame", "iframe", "style"})
_PROPERTIES = frozenset(
    {"author", "publisher", "copyright", "application-name", "description", "keywords", "owner"}
)
_TO_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_ASSIGNED = re.compile(
    r"""location(?:\.href|\.pathname)?[ \t]{0,4}=[ \t]{0,4}["']([^"'\r\n<>]{1,512})["']""", re.IGNORECASE
)
_CALLED = re.compile(
    r"""location\.(?:replace|assign)[ \t]{0,4}\([ \t]{0,4}["']([^"'\r\n<>]{1,512})["']""", re.IGNORECASE
)
_TITLED = re.compile(
    r"""document\.title[ \t]{0,4}=[ \t]{0,4}(?:"([^"\r\n<>]{1,512})"|'([^'\r\n<>]{1,512})')[ \t]{0,4}(?:[;}\r\n]|$)"""
)
"""A title that a script sets to one text: what it puts together from pieces is not known without running it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page says of itself; `redirects` are meta refreshes first, then assignments to `location`.

    The title is the element's, else the one that a script sets.
    """

    title: str
    generator: str
    redirects: tuple[str, ...]
    scripts: tuple[str, ...]
    frames: tuple[str, ...]
    icons: tuple[str, ...]
    comments: tuple[str, ...]
    properties: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Draft:
    """What has been found so far."""

    title: str | None = None
    generator: str = ""
    redirects: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    icons: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    properties: list[tuple[str, str]] = field(default_factory=list)


def read_page(text: str) -> Page:
    """Read a page, or whatever bytes were taken for one; where nothing is found the fields are empty."""
    text = text[:MAX_PAGE]
    draft = _Draft()
    for name, attributes, content in _tags(text):
        _note(draft, name, attributes, content)
    for pattern in (_ASSIGNED, _CALLED):
        for _, found in zip(range(MAX_EACH), pattern.finditer(text), strict=False):
            draft.redirects.append(found.group(1).strip())
    return Page(
        title=draft.title or _title_by_script(text),
        generator=draft.generator,
        redirects=_first(draft.redirects),
        scripts=_first(draft.scripts),
        frames=_first(draft.frames),
        icons=_first(draft.icons),
        comments=_first(draft.comments),
        properties=tuple(dict.fromkeys(draft.properties))[:MAX_EACH],
    )


def _title_by_script(text: str) -> str:
    found = _TITLED.search(text)
    return plain_text(found[1] or found[2])[:MAX_TITLE] if found else ""


def _first(found: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, found)))[:MAX_EACH]


def _note(draft: _Draft, name: str, attributes: dict[str, str], content: str) -> None:
    """Keep what one tag tells."""
    source = attributes.get("src", "")[:MAX_SOURCE]
    if name == "title" and not draft.title:
        draft.title = plain_text(content)[:MAX_TITLE]
    elif name == "comment":
        draft.comments.append(" ".join(content[:MAX_COMMENT].split()))
    elif name == "script":
        draft.scripts.append(source)
    elif name in ("frame", "iframe"):
        draft.frames.append(source)
    elif name == "link" and "icon" in attributes.get("rel", "").lower():
        draft.icons.append(attributes.get("href", "")[:MAX_SOURCE])
    elif name == "meta":
        _note_meta(draft, attributes)


def _note_meta(draft: _Draft, attributes: dict[str, str]) -> None:
    name, content = attributes.get("name", "").lower(), attributes.get("content", "")
    if attributes.get("http-equiv", "").lower() == "refresh":
        draft.redirects.append(_refresh_address(content))
    elif name == "generator" and not draft.generator:
        draft.generator = content[:MAX_TITLE]
    elif name in _PROPERTIES and content.strip():
        draft.properties.append((name, content[:MAX_TITLE].strip()))


def _refresh_address(content: str) -> str:
    """Return the address in the content of a refresh, "0; URL='/doc/page/login.asp'", or ""."""
    at = content.lower().find("url")
    _, equals, address = content[at:].partition("=") if at >= 0 else ("", "", "")
    return address.strip(_SPACES + "\"';")[:MAX_SOURCE] if equals else ""


def plain_text(markup: str) -> str:
    """Return text without tags and entities, white space folded: "A &amp;<br> B" becomes "A & B"."""
    first, *pieces = markup.split("<")
    texts = [first, *(piece.partition(">")[2] if ">" in piece else "" for piece in pieces)]
    return " ".join(unescape(" ".join(texts)).split())


def _tags(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Yield name, attributes and content of every tag that is wanted; comments under the name "comment"."""
    lower = text.translate(_TO_ASCII_LOWER)
    at = lower.find("<")
    while at >= 0:
        if lower.startswith("<!--", at):
            end = _or_end(lower.find("-->", at + 4), lower)
            yield "comment", {}, text[at + 4 : end]
            at = lower.find("<", end)
            continue
        name = _tag_name(lower, at + 1)
        if name not in _WANTED:
            at = lower.find("<", at + 1)
            continue
        attributes, start = _attributes(text, at + 1 + len(name))
        end = _content_end(lower, name, start)
        yield name, attributes, text[start:end]
        at = lower.find("<", end)


def _or_end(found: int, text: str) -> int:
    return found if found >= 0 else len(text)


def _tag_name(lower: str, at: int) -> str:
    end = at
    while end < len(lower) and end - at < 8 and lower[end].isalpha():
        end += 1
    return lower[at:end]


def _content_end(lower: str, name: str, start: int) -> int:
    """Return where the content of a tag ends; a title that is never closed ends at the next tag."""
    if name in ("script", "style"):
        return _or_end(lower.find("</" + name, start), lower)
    if name == "title":
        bound = start + 4 * MAX_TITLE
        end = lower.find("</title", start, bound)
        return end if end >= 0 else _or_end(lower.find("<", start, bound), lower[:bound])
    return start


def _attributes(text: str, at: int) -> tuple[dict[str, str], int]:
    """Read the attributes of a tag from `at` and return them with where the tag ends; the first of a name counts."""
    attributes: dict[str, str] = {}
    end = min(len(text), at + MAX_TAG)
    while at < end:
        while at < end and text[at] in _SPACES + "/":
            at += 1
        if at >= end or text[at] in "<>":
            return attributes, at + (text[at : at + 1] == ">")
        start = at
        while at < end and text[at] not in _SPACES + "=<>/":
            at += 1
        name = text[start:at].lower()
        value, at = _attribute_value(text, at, end)
        attributes.setdefault(name, unescape(value))
        at = max(at, start + 1)
    return attributes, end


def _attribute_value(text: str, at: int, end: int) -> tuple[str, int]:
    while at < end and text[at] in _SPACES:
        at += 1
    if text[at : at + 1] != "=" or at >= end:
        return "", at
    at += 1
    while at < end and text[at] in _SPACES:
        at += 1
    quote = text[at : at + 1]
    if quote in ('"', "'") and quote:
        stop = text.find(quote, at + 1, end)
        return (text[at + 1 : stop], stop + 1) if stop >= 0 else (text[at + 1 : end], end)
    start = at
    while at < end and text[at] not in _SPACES + "<>":
        at += 1
    return text[start:at], at
