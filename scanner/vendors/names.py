"""Spellings of a company → one key, so that "HIKVISION" and "Hikvision Co., Ltd." are the same alias.

Case, width, punctuation and spaces never tell two companies apart, nor do the legal forms at the end of a
name. Everything else does: "Technologies", "Digital" or a town stay, for they do tell companies apart.
"""

import re
import unicodedata
from functools import lru_cache

MAX_NAME = 200
"""Characters of a name that are read."""

_LEGAL_FORMS = frozenset(
    """
    ab ag aps as asa bhd bv bvba co company corp corporation dd doo eirl eurl fzco fze fzllc gesmbh gmbh inc
    incorporated jsc kft kg kgaa kk lda llc llp lp ltd ltda limited mbh nv ojsc ood oy oyj pjsc plc pte pty pvt
    sa sab sae sapi sarl sas sau sdn se sl slu sp spa spzoo srl sro ug ulc vof zoo zrt
    """.split()  # noqa: SIM905 - a paragraph of words reads better than sixty quoted strings
)
"""Words that say how a company is incorporated, without dots."""
_CJK_FORMS = ("股份有限公司", "有限责任公司", "有限公司", "株式会社", "주식회사")
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.\s?){1,}[^\W\d_]\b\.?")
_SP_ZOO = re.compile(r"\bsp\.?\s*z\.?\s*o\.?\s*o\b\.?")
_WORDS = re.compile(r"[^\W_]+")


@lru_cache(maxsize=8192)
def fold(name: str) -> str:
    """Return the key of a company name; "" for a text without letters and digits.

    >>> fold("Hangzhou Hikvision Digital Technology Co.,Ltd."), fold("ＨＩＫＶＩＳＩＯＮ"), fold("Videotec S.p.A.")
    ('hangzhouhikvisiondigitaltechnology', 'hikvision', 'videotec')
    """
    text = unicodedata.normalize("NFKC", name[:MAX_NAME]).casefold()
    text = _SP_ZOO.sub("spzoo", text)
    text = _DOTTED.sub(lambda found: re.sub(r"[.\s]", "", found[0]), text)
    words = _WORDS.findall(_without_cjk_form(text))
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words.pop()
    return "".join(words)


def _without_cjk_form(text: str) -> str:
    for form in _CJK_FORMS:
        bare = text.strip().removesuffix(form).removeprefix(form)
        if bare and bare != text.strip():
            return bare
    return text
