"""Who is who: canonical names, brands and the makers behind them, parents, and whose block a MAC is from."""

from scanner.vendors.loader import load_vendors, vendors
from scanner.vendors.relations import Vendors
from scanner.vendors.vendor import Confidence, Makes, Relation, RelationType, Vendor

__all__ = ["Confidence", "Makes", "Relation", "RelationType", "Vendor", "Vendors", "load_vendors", "vendors"]
