"""Weighted choices, drawn quickly: a wheel with as many fields for each value as its weight."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Wheel(Generic[T]):
    """Turning it gives each value as often as its weight says."""

    def __init__(self, weights: Mapping[T, int], random: Random) -> None:
        self._fields = tuple(value for value, weight in weights.items() for _ in range(weight))
        self._random: Callable[[], float] = random.random
        self._count = len(self._fields)

    def turn(self) -> T:
        return self._fields[int(self._random() * self._count)]
