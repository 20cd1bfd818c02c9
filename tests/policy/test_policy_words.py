"""What the program may say of a device: that it is named somewhere, never what the law makes of it."""

import ast
import re

import pytest
from conftest import ROOT

FORBIDDEN = re.compile(
    r"\b(illegal|unlawful|banned|forbidden by law|(non-?)?compliant|compliance)\b", re.IGNORECASE
)
OTHERS_KEYS = {"compliance"}
"""Keys of other people's schemas (OCSF), which nobody reads as a sentence."""
VENDORS = ROOT / "scanner" / "vendors" / "data"
DATA = [
    *sorted((ROOT / "scanner" / "policy" / "lists").glob("*.toml")),
    VENDORS / "relations.toml",
    VENDORS / "relabels.toml",
    ROOT / "README.md",
]
CODE = sorted(
    path for part in ("policy", "reports", "cli") for path in (ROOT / "scanner" / part).rglob("*.py")
)


@pytest.mark.parametrize("path", DATA, ids=lambda path: path.name)
def test_shipped_texts_judge_nobody(path):
    text = re.sub(r"https?://\S+", "", path.read_text())
    assert not FORBIDDEN.findall(text)


@pytest.mark.parametrize("path", CODE, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_sentence_in_the_code_judges_anybody(path):
    constants = [
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert not [text for text in constants if FORBIDDEN.search(text) and text not in OTHERS_KEYS]


def test_the_check_bites():
    assert FORBIDDEN.search("This camera is Banned.")
    assert FORBIDDEN.search("NDAA-compliant")
    assert not FORBIDDEN.search("a bandaged ban")
