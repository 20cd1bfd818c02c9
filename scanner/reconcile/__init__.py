"""The inventory against an asset register: what was found and not declared, declared and not found, and who made it."""

from scanner.reconcile.columns import Field, Mapping, guess
from scanner.reconcile.matching import Case, Outcome, reconcile
from scanner.reconcile.register import Register, read_register

__all__ = ["Case", "Field", "Mapping", "Outcome", "Register", "guess", "read_register", "reconcile"]
