"""Numbers with their units, as texts and pictures print them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PREFIXES = {"G": 1e9, "M": 1e6, "k": 1e3, "": 1.0}
_NUMBER = r"(?<![\w.])[-−]?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d{1,2})?(?!\d|[eE][+-]?\d)"


@dataclass(frozen=True)
class Unit:
    """What a unit measures, and how its numbers become SI: factor times number, plus offset."""

    name: str
    dimension: str
    factor: float = 1.0
    offset: float = 0.0


#: A number without a unit.
PLAIN = Unit("", "")


def _known() -> dict[str, Unit]:
    units = [
        *(Unit(f"{prefix}Pa", "pressure", factor) for prefix, factor in _PREFIXES.items()),
        *(Unit(name, "pressure", 1e6) for name in ("N/mm2", "N/mm²", "N/mm^2")),
        Unit("bar", "pressure", 1e5),
        Unit("psi", "pressure", 6894.757),
        Unit("km", "length", 1e3),
        Unit("m", "length"),
        Unit("cm", "length", 1e-2),
        Unit("mm", "length", 1e-3),
        *(Unit(name, "length", 1e-6) for name in ("µm", "μm", "um")),
        *(Unit(name, "temperature", 1.0, 273.15) for name in ("°C", "degC", "deg C", "℃")),
        *(Unit(name, "temperature", 5 / 9, 459.67 * 5 / 9) for name in ("°F", "degF")),
        Unit("K", "temperature"),
        *(Unit(f"{prefix}Hz", "frequency", factor) for prefix, factor in _PREFIXES.items()),
        Unit("rad/s", "frequency", 0.15915494309189535),
        *(
            Unit(f"{prefix}W/m{square}", "heat flux", factor)
            for prefix, factor in _PREFIXES.items()
            for square in ("2", "²", "^2")
        ),
        *(Unit(f"{prefix}N", "force", factor) for prefix, factor in _PREFIXES.items()),
        *(Unit(f"{prefix}W", "power", factor) for prefix, factor in _PREFIXES.items()),
        Unit("m/s", "speed"),
        Unit("kg", "mass"),
        Unit("s", "time"),
        Unit("ms", "time", 1e-3),
        Unit("%", "share", 1e-2),
    ]
    return {unit.name: unit for unit in units}


UNITS = _known()
# The longest name first, so that "mm" is not read as "m"; a unit ends where its word ends.
_NAMES = "|".join(re.escape(name) for name in sorted(UNITS, key=len, reverse=True))
# Named on its own a unit stands between spaces or in brackets of its own: the K of "W/(m2 K)" is none.
_UNIT = re.compile(rf"(?<!\S)({_NAMES})(?![^\s,.;:])|(?<=[(\[])({_NAMES})(?=[)\]])|(?<=\d)({_NAMES})(?!\S)")
_QUANTITY = re.compile(rf"({_NUMBER})(?:\s?({_NAMES})(?![\w/²^(]))?")
_EXTREME = re.compile(
    r"\b(?:max\w*|largest|highest|peaks?|up to|at most|most|reach\w*|extreme|top)\b", re.IGNORECASE
)
_THOUSANDS = re.compile(r"-?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_BEFORE = 70
_ROUND = 2
#: More figures than these are an identifier's.
_MOST_FIGURES = 16


@dataclass(frozen=True)
class Quantity:
    """A number as it is printed, and what it means."""

    number: float
    half: float  # half of the last printed digit
    figures: str  # the significant ones, as printed
    unit: Unit  # PLAIN where none stands beside it
    said: str  # as printed, with the unit
    statement: str  # the words around it
    extreme: bool  # the words before it speak of a maximum

    @property
    def digits(self) -> int:
        """How many significant figures are printed."""
        return max(len(self.figures), 1)

    @property
    def is_round(self) -> bool:
        """Whether it is a number such as axes have at their ticks: 0.2, 50, 150."""
        return len(self.figures.rstrip("0")) <= _ROUND

    def interval(self, unit: Unit | None = None) -> tuple[float, float]:
        """Return the SI values that the printed digits may stand for, read in `unit` or its own."""
        read = unit or self.unit
        middle, half = self.number * read.factor + read.offset, self.half * read.factor
        return middle - half, middle + half


def quantities(text: str) -> list[Quantity]:
    """Return the numbers of a text in order, each with the unit beside it.

    Commas that part groups of three digits are thousands (not after a leading zero), any other is a point.
    """
    found: list[Quantity] = []
    end = 0
    for match in _QUANTITY.finditer(text):
        number, half, figures = _read(match[1])
        if len(figures) > _MOST_FIGURES:
            continue
        before = text[: match.start()]
        if len(before) > _BEFORE:
            before = before[-_BEFORE:].partition(" ")[2]
        # What stands in an earlier sentence says nothing of this number, nor what speaks of another one.
        clause = re.split(r"[.;!?]\s|\n", before)[-1]
        nearer = text[max(end, match.start() - len(clause)) : match.start()]
        end = match.end()
        found.append(
            Quantity(
                number,
                half,
                figures,
                UNITS[match[2]] if match[2] else PLAIN,
                match[0].strip(),
                " ".join((clause + match[0]).split()),
                _EXTREME.search(nearer) is not None,
            )
        )
    return found


def units_named(text: str) -> list[Unit]:
    """Return the units that a text names, with or without a number before them, each once."""
    return [UNITS[name] for name in dict.fromkeys("".join(names) for names in _UNIT.findall(text))]


def _read(printed: str) -> tuple[float, float, str]:
    plain = printed.replace("−", "-").rstrip(",")
    plain = plain.replace(",", "" if _THOUSANDS.fullmatch(plain) else ".")
    if plain.count(".") > 1:
        plain = plain.replace(".", "", plain.count(".") - 1)
    mantissa, _, exponent = plain.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    figures = re.sub(r"\D", "", mantissa).lstrip("0")
    return float(plain), 0.5 * 10.0 ** (int(exponent or 0) - decimals), figures
