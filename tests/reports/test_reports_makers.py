"""The page of what is known about each maker: three questions of relations, what firmware says apart from the label."""

from datetime import date

from scanner.fingerprints import load
from scanner.policy import load_lists
from scanner.reports import as_makers
from scanner.vendors import vendors

ON = date(2026, 11, 27)


def page(*names: str) -> str:
    return as_makers.render(load().fingerprints, vendors(), load_lists(), ON, names)


def test_labels_of_which_the_same_is_known_share_a_line():
    told = page("TVT")
    (line,) = (line for line in told.splitlines() if "Provision-ISR" in line and "2016" in line)
    assert "Zetec" in line
    assert " are labels on devices of TVT" in line
    assert "### Who makes what carries the name" not in told


def test_a_label_tells_who_makes_it_and_who_owns_it_apart():
    made, owned = page("Lorex").split("### Who owns it, and whom it owns")
    assert "is a label on devices of Dahua" in made
    assert "is a label on devices of Dahua" not in owned
    assert "is owned by Skywatch" in owned


def test_what_firmware_says_is_apart_from_what_the_label_says():
    plumbing, label = page("Dahua").split("### What shows its label")
    assert "plumbing: `rtsp.realm`" in plumbing
    assert "plumbing:" not in label
