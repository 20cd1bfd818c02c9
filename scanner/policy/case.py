"""One device before one list: what the verdict and its wording both look at."""

from dataclasses import dataclass

from scanner.model import About, Attribute, Conclusion, Device, Strength
from scanner.policy.policylist import PolicyList


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A device and a list, with the two conclusions that matter to it."""

    device: Device
    policy: PolicyList

    @property
    def maker(self) -> Conclusion | None:
        """Return who built the device, as far as that was concluded."""
        return self.device.conclusions.get(Attribute.MAKER)

    @property
    def brand(self) -> Conclusion | None:
        """Return what the label says, as far as that was concluded."""
        return self.device.conclusions.get(Attribute.BRAND)

    @property
    def label(self) -> str | None:
        """Return the label where it is another name than the maker's."""
        if self.brand is None or (self.maker and self.maker.value == self.brand.value):
            return None
        return self.brand.value

    @property
    def maker_shows_itself(self) -> bool:
        """Tell whether anything but the label speaks for the maker."""
        return self.maker is not None and any(
            item.about is About.PLUMBING and item.strength is not Strength.WEAK
            for item in self.maker.evidence
        )
