"""The arrows between modules, held as a table: who may import what, and what the package shows to the outside."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "model"
SOURCES = sorted([*PACKAGE.glob("*.py"), ROOT / "app.py", ROOT / "train.py", *(ROOT / "ui").glob("*.py")])

# module of `model` -> the modules of `model` that it may import, wherever in the file the import stands.
ARROWS = {
    "__init__": {"reader"},
    "pixels": set(),
    "templates": set(),
    "paths": set(),
    "handwriting": {"templates", "paths"},
    "non_digits": {"templates", "paths", "handwriting"},
    "strokes": {"handwriting", "non_digits", "pixels"},
    "printed": {"pixels"},
    "lines": set(),
    "paper": {"lines", "pixels"},
    "pieces": set(),
    "segment": {"pieces"},
    "baselines": set(),
    "network": {"baselines"},
    "checkpoint": {"files", "network"},
    "reader": {"checkpoint", "network", "paper", "pixels", "segment"},
    "files": set(),
    "plots": {"files"},
    "data": {"files"},
    "augment": {"pixels", "strokes"},
    "intervals": set(),
    "evaluate": {"intervals", "network", "pixels"},
    "gallery": {"files", "pixels"},
    "corrections": {"pixels"},
    "parallel": set(),
    "state": {"files"},
    "config": set(),
    "batches": {"augment", "config", "network", "pixels", "printed", "strokes"},
    "training": {"batches", "config", "evaluate", "network", "parallel", "strokes"},
    "ensemble": {"augment", "checkpoint", "evaluate"},
    "__main__": {"reader", "data", "ensemble", "evaluate"},
}
SERVING = ("pixels", "strokes", "segment", "network", "checkpoint", "reader", "gallery")
TRAINING_ONLY = {
    "torchvision",
    "model.training",
    "model.batches",
    "model.printed",
    "model.augment",
    "model.data",
    "model.plots",
    "train",
}
# third-party package -> who may import it
RESERVED = {
    "gradio": lambda path: path.name == "app.py" or path.parent.name == "ui",
    "pandas": lambda path: path.name in {"data.py", "gallery.py"},
    "torchvision": lambda path: path.name == "data.py",
    "matplotlib": lambda path: path.name in ("plots.py", "printed.py"),
}


def imports(path: Path) -> set[str]:
    """Dotted names that the file imports, at its top or inside a function; relative ones made absolute."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            source = f"{path.parent.name}.{node.module or ''}".rstrip(".") if node.level else node.module or ""
            names |= {source} | {f"{source}.{alias.name}" for alias in node.names}
    return names


def inner(names: set[str]) -> set[str]:
    """The modules of `model` among dotted names: {"model.pixels.SIDE", "numpy"} -> {"pixels"}."""
    parts = (name.split(".") for name in names)
    return {part[1] for part in parts if part[0] == "model" and len(part) > 1 and (PACKAGE / f"{part[1]}.py").exists()}


def test_the_check_sees_every_form_of_import(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "some.py").write_text(
        "import model.pixels\nfrom . import network\nfrom .reader import DigitReader\n"
        "def inside():\n    from model import data\n"
    )
    assert inner(imports(folder / "some.py")) == {"pixels", "network", "reader", "data"}


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.stem)
def test_arrows_inside_the_package(path: Path) -> None:
    assert path.stem in ARROWS, f"model/{path.name} is new: say in ARROWS what it may import"
    assert inner(imports(path)) - {path.stem} <= ARROWS[path.stem]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_reserved_packages(path: Path) -> None:
    packages = {name.split(".")[0] for name in imports(path)}
    wrong = [name for name, allowed in RESERVED.items() if name in packages and not allowed(path)]
    assert not wrong, f"{path.relative_to(ROOT)} must not import {', '.join(wrong)}"


@pytest.mark.parametrize("path", [ROOT / "app.py", *(ROOT / "ui").glob("*.py")], ids=lambda path: path.name)
def test_the_page_knows_no_network_and_no_training(path: Path) -> None:
    names = imports(path)
    assert inner(names) <= {"reader", "gallery", "corrections", "strokes", "pixels", "intervals"}
    assert not {name.split(".")[0] for name in names} & {"torch", "safetensors", "train"}


def loaded_after(statement: str) -> set[str]:
    """The modules that a fresh interpreter holds after the statement."""
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    return set(done.stdout.split())


def test_serving_loads_nothing_of_training() -> None:
    loaded = loaded_after("import " + ", ".join(f"model.{name}" for name in SERVING))
    assert "model.reader" in loaded
    assert not loaded & (TRAINING_ONLY | {"gradio", "matplotlib"})


def test_strokes_need_no_torch() -> None:
    """Templates are drawn where torch is not wanted, so importing them must not pay for it."""
    for name in ("strokes", *ARROWS["strokes"], "paths", "templates"):
        path = PACKAGE / f"{name}.py"
        assert not {package.split(".")[0] for package in imports(path)} & {"torch", "torchvision", "gradio"}


def test_public_surface() -> None:
    import model

    assert "DigitReader" in model.__all__
    assert [name for name in model.__all__ if not hasattr(model, name)] == []
    for name in ("load", "classify", "read_drawing", "read_photo"):
        assert callable(getattr(model.DigitReader, name)), f"the contract has DigitReader.{name}"
