"""Which column of a register holds what: guessed from its header in several languages, and from what stands in it.

The header is the row, among the first ones, most of whose cells are names of columns. A column without a name that
is known is looked at: if most of its cells are addresses or MACs, that is what it holds. Whoever knows better says
so, and the guess is shown.
"""

import re
import unicodedata
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from scanner.errors import UsageError
from scanner.reconcile.keys import addresses_in, macs_in
from scanner.reconcile.register import SAMPLE_LINES, Register


class Field(StrEnum):
    """What a column can hold that matters here; the keys first, from the strongest on."""

    MAC = "mac"
    SERIAL = "serial"
    ADDRESS = "address"
    NAME = "name"
    BRAND = "brand"
    MODEL = "model"
    LOCATION = "location"
    ASSET = "asset"


KEYS = (Field.MAC, Field.SERIAL, Field.ADDRESS, Field.NAME)
"""Fields by which a row can be told to be a device."""
_NAMES: MappingOf[Field, str] = {
    Field.MAC: (
        "mac | mac address | mac adresse | macadresse | mac addr | physical address | hardware address | "
        "hardware adresse | adresse mac | direccion mac | dirección mac | indirizzo mac | mac adres | adres "
        "mac | endereço mac | ethernet address | lan mac | 物理地址"
    ),
    Field.SERIAL: (
        "serial | serial number | serial no | serialnumber | s n | sn | seriennummer | serien nr | numero "
        "de serie | número de serie | numéro de série | n de serie | n série | no de serie | matricola | "
        "numero di serie | serienummer | numer seryjny | número de série | serienr | fabriknummer | 序列号"
    ),
    Field.ADDRESS: (
        "ip | ip address | ip adresse | ipaddress | ipv4 | ipv4 address | ip addr | address ip | management "
        "ip | mgmt ip | adresse ip | direccion ip | dirección ip | indirizzo ip | ip adres | adres ip | "
        "endereço ip | ip adress | ip address v4 | netzwerkadresse | network address | ip地址"
    ),
    Field.NAME: (
        "name | device name | hostname | host name | host | camera name | camera | device | gerät | gerät "
        "name | gerätename | gerätebezeichnung | bezeichnung | kamera | kameraname | nom | nom de la camera "
        "| nom d hote | nombre | nombre del dispositivo | nome | nome dispositivo | naam | apparaatnaam | "
        "nazwa | navn | namn | 名称"
    ),
    Field.BRAND: (
        "brand | make | manufacturer | vendor | maker | mfr | hersteller | marke | fabrikat | fabricant | "
        "marque | constructeur | fabricante | marca | produttore | costruttore | merk | fabrikant | "
        "producent | marka | fabrikant leverancier | tillverkare | supplier brand | 品牌 | 厂商"
    ),
    Field.MODEL: (
        "model | model number | model no | model name | modell | typ | type | gerätetyp | modele | modèle | "
        "modelo | modello | type nummer | modelnummer | product | product code | artikel | artikelnummer | "
        "part number | 型号"
    ),
    Field.LOCATION: (
        "location | site | building | room | floor | standort | ort | raum | gebäude | emplacement | lieu | "
        "batiment | bâtiment | ubicacion | ubicación | lugar | posizione | ubicazione | sede | locatie | "
        "gebouw | lokalizacja | local | localização | placering | plats | 位置"
    ),
    Field.ASSET: (
        "asset | asset tag | asset id | asset no | asset number | inventory number | inventory no | "
        "inventarnummer | inventar nr | inventarnr | anlagennummer | id | numero d inventaire | n "
        "inventaire | inventario | numero de inventario | numero inventario | inventarisnummer | activo | "
        "tag | 资产编号"
    ),
}
_SHARE = 0.6
"""Share of a column's filled cells that must be addresses (or MACs) for the column to hold them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Which column holds what: the header's row (None if there is none) and, by field, column and how it was told."""

    header: int | None
    columns: MappingOf[Field, int]
    how: MappingOf[Field, str]
    titles: tuple[str, ...]

    def title(self, field: Field) -> str:
        """Return what the register calls a column, or its position."""
        position = self.columns[field]
        title = self.titles[position] if position < len(self.titles) else ""
        return title or f"column {position + 1}"


def fold(title: str) -> str:
    """Return a header cell as it is compared: no case, accents or punctuation.

    >>> fold("Numéro de série:"), fold("IP-Adresse")
    ('numero de serie', 'ip adresse')
    """
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", title.casefold()) if not unicodedata.combining(c)
    )
    return " ".join(re.findall(r"\w+", plain.replace("_", " ")))


_KNOWN = {fold(name): field for field, names in _NAMES.items() for name in names.split("|")}


def guess(register: Register, wanted: MappingOf[Field, str] | None = None) -> Mapping:
    """Return which column holds what; `wanted` names columns (by header, or by number from 1) that are known.

    Raises UsageError where a wanted column is not there, or where nothing identifies a device.
    """
    header = _header(register)
    titles = register.rows[header][1] if header is not None else ()
    columns, how = dict[Field, int](), dict[Field, str]()
    for field, name in (wanted or {}).items():
        columns[field], how[field] = _position(name, titles, register), "as you said"
    for position, title in enumerate(titles):
        field_or_none = _KNOWN.get(fold(title))
        if field_or_none and field_or_none not in columns and position not in columns.values():
            columns[field_or_none], how[field_or_none] = position, "by its name"
    _look(register, header, columns, how)
    if not set(columns) & set(KEYS):
        raise UsageError(
            f"{register.name}: no column is known to hold an address, a MAC, a serial number or a name; its columns "
            f"are {', '.join(filter(None, titles)) or 'without names'}; say which with --column address=NAME"
        )
    return Mapping(header=header, columns=columns, how=how, titles=titles)


def _header(register: Register) -> int | None:
    """Return the position of the row that names the columns: the first of those with the most known names."""
    scores = [sum(fold(cell) in _KNOWN for cell in cells) for _, cells in register.rows[:SAMPLE_LINES]]
    best = max(scores, default=0)
    if best:
        return scores.index(best)
    filled = [
        position
        for position, (_, cells) in enumerate(register.rows[:SAMPLE_LINES])
        if sum(map(bool, cells)) > 1
    ]
    first = next(iter(filled), None)
    return None if first is None or _is_data(register.rows[first][1]) else first


def _is_data(cells: Sequence[str]) -> bool:
    return any(addresses_in(cell) or macs_in(cell) for cell in cells)


def _position(name: str, titles: Sequence[str], register: Register) -> int:
    folded = [fold(title) for title in titles]
    if name in titles:
        return list(titles).index(name)
    if fold(name) in folded:
        return folded.index(fold(name))
    width = max((len(cells) for _, cells in register.rows), default=0)
    if name.isdecimal() and 1 <= int(name) <= width:
        return int(name) - 1
    raise UsageError(
        f"{register.name} has no column {name!r}; its columns are {', '.join(filter(None, titles))}"
    )


def _look(register: Register, header: int | None, columns: dict[Field, int], how: dict[Field, str]) -> None:
    """Find the columns of addresses and MACs that no name told."""
    body = register.rows[(header + 1 if header is not None else 0) :][:SAMPLE_LINES]
    width = max((len(cells) for _, cells in body), default=0)
    for field, read in ((Field.MAC, macs_in), (Field.ADDRESS, addresses_in)):
        for position in range(width):
            cells = [cells[position] for _, cells in body if position < len(cells) and cells[position]]
            free = field not in columns and position not in columns.values()
            if free and cells and sum(bool(read(cell)) for cell in cells) >= _SHARE * len(cells):
                columns[field], how[field] = position, "by what stands in it"
