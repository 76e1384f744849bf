"""Every command says what each of its flags is for."""

from __future__ import annotations

import argparse
import importlib

import pytest

from tools import ROOT

LIBRARIES = ("browser", "documents", "measured", "peer")  # of tools/: no commands, or one of another environment
COMMANDS = (
    "train",
    "model.__main__",
    *(f"tools.{path.stem}" for path in sorted((ROOT / "tools").glob("[a-z]*.py")) if path.stem not in LIBRARIES),
    *(f"tools.{path.parent.name}.__main__" for path in sorted((ROOT / "tools").glob("*/__main__.py"))),
)


class Parsed(Exception):
    """Carries the parser that a command was about to use."""


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands stop where they would read their arguments."""

    def stop(self: argparse.ArgumentParser, *_: object, **__: object) -> None:
        raise Parsed(self)

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", stop)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_flag_has_a_help_line(name: str, stopped: None) -> None:
    with pytest.raises(Parsed) as caught:
        importlib.import_module(name).main([])
    (parser,) = caught.value.args
    assert parser.description and len(parser.description) > 20
    missing = [action.option_strings or action.dest for action in parser._actions if not action.help]
    assert not missing
