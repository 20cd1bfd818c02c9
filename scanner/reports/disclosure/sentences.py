"""The sentences of the disclosure that do not depend on a report: all its claims, in one place to read and to doubt."""

HOW = (
    "What devices say of themselves on the network was compared with known signs of makers: discovery "
    "protocols, web pages, certificates, the grammar of serial numbers, the register of hardware addresses. The"
    " maker is the company whose signs a device carries, whatever label it has been sold under. It counts as "
    "established where independent signs agree. Makers, and their owners on that day, were then looked up in "
    "dated lists by exact name. No password was guessed and nothing was changed on any device."
)
LIMITS = (
    "Devices that were switched off, silent, or on other networks are not counted.",
    "Other devices, such as printers and telephones, are not counted.",
    "Who supplied a device and whose parts are inside it cannot be seen from the network.",
    "A device can state something false about its label.",
)
BEHIND = "Cameras that are connected to a recorder only are counted where the recorder shows them."
INCOMPLETE = "The run was not complete: there may be more devices."
MEANINGS = (
    "Named: the maker is established, and it or its owner is named in that version of the list.",
    (
        "Possible: the evidence is contested or thin, the label has been built by a named maker, or the list "
        "works by a criterion that a person has to decide."
    ),
    "Undetermined: nothing shows who made the device.",
    "Waived: one of these three, and somebody answers for it until a date.",
    "Not named: the maker is known and not in that version of the list.",
)
APPLIES = (
    "Whether a list applies depends on who owns a device, what it is for and where it stands. This document "
    "does not say whether one applies, and is not legal advice."
)
ABLE = (
    "A device counts where it says so itself on the network, or where its model is known to be able to. Many "
    "devices do not say: the number of those able to is at least the one given. Whether an ability is used was "
    "not looked at."
)
LEFT_OUT = (
    "Left out of this document: addresses, serial numbers, versions of software, models and names of devices, "
    "and what would tell where in a building or network a device is."
)
NO_BUILDINGS = "The buildings in which the devices stand were not recorded."
TOO_FEW = "Numbers by building are withheld: there are too few devices to show them."
NO_LISTS = "The devices were held against no list."


def withheld(limit: int, mark: str) -> str:
    """Return what is withheld and how it is marked, for counts below a limit."""
    return (
        f"Numbers from 1 to {limit - 1} are withheld, and so are those from which they could be worked out; both are "
        f'marked "{mark}".'
    )


def fewer(limit: int) -> str:
    """Return what is said instead of numbers where there are too few devices altogether."""
    return f"Fewer than {limit} surveillance devices were found. Further numbers are withheld."
