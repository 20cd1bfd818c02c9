"""Who is on which list: lists as dated data, and verdicts that say why. A look-up, never a legal opinion."""

from scanner.policy.judging import judge
from scanner.policy.loading import list_ids, load_lists
from scanner.policy.policylist import Criterion, Entry, EntryKind, PolicyList, Source
from scanner.policy.waivers import Waiver, load_waivers

__all__ = [
    "Criterion",
    "Entry",
    "EntryKind",
    "PolicyList",
    "Source",
    "Waiver",
    "judge",
    "list_ids",
    "load_lists",
    "load_waivers",
]
