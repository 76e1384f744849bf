"""What the configs of both trainings are made of: fields with help and rules, checked, kept as JSON, given as flags."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, NamedTuple, Self


class Rule(NamedTuple):
    """Which values a setting may have."""

    allows: Callable[[Any], bool]
    words: str  # the same in an error message


SHARE = Rule(lambda value: 0 <= value <= 1, "a share from 0 to 1")
COUNT = Rule(lambda value: value >= 1, "at least 1")
NOT_NEGATIVE = Rule(lambda value: value >= 0, "at least 0")
LEARNING_RATE = Rule(lambda value: 0 < value <= 1, "above 0, at most 1")


def one_of(names: Collection[str]) -> Rule:
    """The rule of a setting that is one of these names."""
    return Rule(lambda value: value in names, f"one of {', '.join(names)}")


METAVARS = {int: "N", float: "X", str: "NAME"}  # what --help shows for a value
PRECISION = one_of(("auto", "float32", "bfloat16"))


def option(default: Any, text: str, rule: Rule | None = None) -> Any:
    """A field of a config with its help and the rule that its values keep."""
    return field(default=default, metadata={"help": text, "rule": rule})


@dataclass(frozen=True)
class Config:
    """The settings of a training, each an `option`. Raises ValueError for a value that its rule does not allow."""

    def __post_init__(self) -> None:
        for one in fields(self):
            rule: Rule | None = one.metadata["rule"]
            if rule is not None:
                self.expect(one.name, rule.allows(getattr(self, one.name)), rule.words)

    def expect(self, name: str, is_good: bool, expected: str) -> None:
        """Raises ValueError for a setting that is not good."""
        if not is_good:
            raise ValueError(f"configuring the training: got {name} {getattr(self, name)}, expected {expected}")

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The config of a state; what it lacks has today's defaults. Raises ValueError for unknown settings."""
        unknown = set(values) - {one.name for one in fields(cls)}
        if unknown:
            raise ValueError(f"got the settings {', '.join(sorted(unknown))} of another version of this program")
        return cls(**_with_tuples(values))

    def as_json(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def add_flags(cls, parser: argparse.ArgumentParser) -> None:
        """One flag for each field; those that are not given are not in the namespace."""
        group = parser.add_argument_group("what decides the weights")
        for one in fields(cls):
            default: Any = one.default
            many = isinstance(default, tuple)
            group.add_argument(
                f"--{one.name.replace('_', '-')}",
                type=int if many else type(default),
                nargs=len(default) if many else None,
                metavar="N" if many else METAVARS[type(default)],
                default=argparse.SUPPRESS,
                help=f"{one.metadata['help']} (default: {default})".replace("%", "%%"),
            )

    @classmethod
    def given(cls, args: argparse.Namespace) -> dict[str, Any]:
        """The fields whose flags were given."""
        return _with_tuples({one.name: getattr(args, one.name) for one in fields(cls) if hasattr(args, one.name)})


def _with_tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values from JSON or from flags as a config has them: lists become tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def cores() -> int:
    """How many cores this process may use; OMP_NUM_THREADS says fewer."""
    if os.environ.get("OMP_NUM_THREADS", "").isdigit():
        return max(1, int(os.environ["OMP_NUM_THREADS"]))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
