"""Stock in memory, moved by the real handlers, with the checks that the database has."""

from collections import defaultdict
from typing import Any

from events import Command
from inventory.domain import Level
from inventory.ledger import stock_levels
from tests.support.in_memory import InMemory


class Shelf(InMemory):
    """Levels and the ledger's rows; asserts after each batch what the database would refuse."""

    def __init__(self, **on_hand: int) -> None:
        super().__init__()
        self.opened = on_hand
        self.lookups[stock_levels].update({sku: Level(units, 0) for sku, units in on_hand.items()})

    def obey(self, *commands: Command) -> list[Any]:
        told = super().obey(*commands)
        assert {sku: level for sku, level in self.levels.items() if any(level)} == self._summed()
        assert all(0 <= level.reserved <= level.on_hand for level in self.levels.values())
        return told

    @property
    def levels(self) -> dict[str, Level]:
        return self.lookups[stock_levels]

    @property
    def ledger(self) -> list[tuple[str, str, int, int]]:
        rows = self.rows["inventory_stock"]
        return [(row["kind"], row["sku"], row["on_hand"], row["reserved"]) for row in rows]

    def _summed(self) -> dict[str, Level]:
        levels = defaultdict(Level, {sku: Level(units, 0) for sku, units in self.opened.items()})
        for _, sku, on_hand, reserved in self.ledger:
            level = levels[sku]
            levels[sku] = Level(level.on_hand + on_hand, level.reserved + reserved)
            assert 0 <= levels[sku].reserved <= levels[sku].on_hand
        return {sku: level for sku, level in levels.items() if any(level)}
