"""What one source brings: rows by entity type, and its millésime."""

from collections.abc import Iterable
from typing import Any, TypeVar

T = TypeVar("T")


class Lot:
    """Rows that a loader read, kept by type in the order of the source.

    Args:
        millesime: Edition of the source in the producer's words ("v460", "2024-01-17", "2024").
    """

    def __init__(self, millesime: str = "") -> None:
        self.millesime = millesime
        self._tables: dict[type[Any], list[Any]] = {}

    def add(self, nature: type[T], lignes: Iterable[T]) -> None:
        """Append rows of one type."""
        self._tables.setdefault(nature, []).extend(lignes)

    def get(self, nature: type[T]) -> list[T]:
        """The rows of one type, empty when the source brings none."""
        return self._tables.get(nature, [])

    def set(self, nature: type[T], lignes: list[T]) -> None:
        """Replace the rows of one type."""
        self._tables[nature] = lignes

    @property
    def natures(self) -> tuple[type[Any], ...]:
        """The types present."""
        return tuple(self._tables)

    def merge(self, autre: "Lot") -> None:
        """Append all the rows of another lot."""
        for nature in autre.natures:
            self.add(nature, autre.get(nature))
