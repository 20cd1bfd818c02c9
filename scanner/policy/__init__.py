"""Who is on which list: lists as dated data, and verdicts that say why. A look-up, never a legal opinion."""

from scanner.policy.bookkeeping import account
from scanner.policy.judging import judge
from scanner.policy.loading import find_list, known_ids, list_ids, load_lists
from scanner.policy.policylist import STALE_AFTER, Criterion, Entry, EntryKind, PolicyList, Source
from scanner.policy.waivers import Waiver, load_waivers

__all__ = [
    "STALE_AFTER",
    "Criterion",
    "Entry",
    "EntryKind",
    "PolicyList",
    "Source",
    "Waiver",
    "account",
    "find_list",
    "judge",
    "known_ids",
    "list_ids",
    "load_lists",
    "load_waivers",
]
