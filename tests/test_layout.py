"""The arrows between folders, held as a table in both directions: who imports whom, and what the package shows."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = [
    ROOT / "app.py",
    ROOT / "train.py",
    *sorted((ROOT / "model").rglob("*.py")),
    *sorted((ROOT / "ui").rglob("*.py")),
]

# Part -> the parts that it imports from. A part is a folder, or a module that stands beside the folders. An arrow that
# is not listed fails, and so does one that is listed and that nobody uses. No cycles: every arrow goes up this table.
ARROWS = {
    "model.files": set(),
    "model.intervals": set(),
    "model.baselines": set(),
    "model.ink": set(),
    "model.layers": {"model.ink"},
    "model.network": {"model.baselines", "model.ink", "model.layers"},
    "model.results": {"model.ink", "model.intervals"},
    "model.card": {"model.files", "model.network", "model.results"},
    "model.checkpoint": {"model.card", "model.files", "model.layers", "model.network"},
    "model.inside": {"model.ink", "model.layers"},
    "model.export": {"model.checkpoint", "model.files", "model.network"},
    "model.segment": {"model.ink"},
    "model.stored": {"model.files", "model.network"},
    "model.page": {"model.layers", "model.network", "model.segment", "model.stored"},
    "model.strings": {"model.layers", "model.network", "model.segment", "model.stored"},
    "model.synthesis": {"model.ink"},
    "model.review": {"model.files", "model.ink", "model.network"},
    "model.reading": {"model.segment"},
    "model.marks": {"model.ink", "model.reading", "model.segment"},
    "model.reader": {
        "model.card",
        "model.checkpoint",
        "model.ink",
        "model.inside",
        "model.layers",
        "model.marks",
        "model.network",
        "model.page",
        "model.reading",
        "model.segment",
        "model.strings",
    },
    "model": {"model.reader", "model.reading"},
    "model.training": {
        "model.card",
        "model.checkpoint",
        "model.files",
        "model.ink",
        "model.network",
        "model.page",
        "model.results",
        "model.review",
        "model.stored",
        "model.strings",
        "model.synthesis",
    },
    "model.__main__": {"model.export", "model.reader", "model.training"},
    "ui": {
        "model.card",
        "model.checkpoint",
        "model.ink",
        "model.intervals",
        "model.layers",
        "model.reader",
        "model.results",
        "model.review",
        "model.synthesis",
        "model.reading",
    },
    "app": {"model.card", "model.reader", "model.review", "ui"},
    "train": {
        "model.baselines",
        "model.card",
        "model.checkpoint",
        "model.files",
        "model.reader",
        "model.results",
        "model.review",
        "model.training",
    },
}
SERVING = ("model.ink.normalise", "model.segment.candidates", "model.reader", "model.review.gallery", "ui.page")
TABS = sorted(path.parent.name for path in (ROOT / "ui").glob("*/__init__.py"))
# Third-party package -> the files and folders that may import it.
RESERVED = {
    "gradio": ("app.py", "ui"),
    "pandas": (
        "model/training/data.py",
        "model/training/csv_table.py",
    ),
    "torchvision": ("model/training/download.py",),
    "matplotlib": ("model/training/plots.py", "model/synthesis/printed.py"),
}


def name_of(path: Path) -> str:
    """The dotted name of a source file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> set[str]:
    """Dotted names that the file imports, at its top or inside a function; relative ones made absolute."""
    package = path.relative_to(ROOT).parent.parts if path.is_relative_to(ROOT) else (path.parent.name,)
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            source = ".".join([*above, *([node.module] if node.module else [])])
            names |= {source} | {f"{source}.{alias.name}" for alias in node.names}
    return names


def part(name: str) -> str | None:
    """The part that a dotted name lies in, None outside the product: "model.ink.photo.photo_ink" -> "model.ink"."""
    first, _, rest = name.partition(".")
    if first in ("app", "train", "ui"):
        return first
    if first != "model":
        return None
    inner = f"model.{rest.split('.')[0]}"
    return inner if inner in ARROWS else "model"


def arrows() -> dict[str, set[str]]:
    """Room -> the other parts that its files import from."""
    found: dict[str, set[str]] = {}
    for path in PRODUCT:
        source = part(name_of(path))
        assert source is not None
        targets = {target for name in imports(path) if (target := part(name)) and name not in ("model", "ui")}
        found.setdefault(source, set()).update(targets - {source})
    return found


def test_the_check_sees_every_form_of_import(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "some.py").write_text(
        "import model.ink.photo\nfrom . import network\nfrom .reader import DigitReader\n"
        "def inside():\n    from model.training import data\n"
    )
    parts = {part(name) for name in imports(folder / "some.py") if name != "model"}
    assert parts == {"model.ink", "model.network", "model.reader", "model.training"}


def test_arrows_between_rooms_are_those_of_the_table() -> None:
    found = arrows()
    assert set(found) == set(ARROWS), "a part is new or gone: say in ARROWS what it imports from"
    for name, wanted in ARROWS.items():
        assert found[name] <= wanted, f"{name} must not import from {', '.join(sorted(found[name] - wanted))}"
        assert found[name] >= wanted, f"nobody uses {name} -> {', '.join(sorted(wanted - found[name]))}: remove it"


def test_arrows_go_in_one_direction() -> None:
    above: set[str] = set()
    for name, wanted in ARROWS.items():
        assert wanted <= above, f"{name} imports from {', '.join(sorted(wanted - above))}, which stands below it"
        above.add(name)


@pytest.mark.parametrize("tab", TABS)
def test_tabs_know_nothing_of_each_other(tab: str) -> None:
    """A tab is added or removed as one folder; what several share are the stores of corrections and the look inside."""
    others = {f"ui.{other}" for other in TABS if other not in (tab, "corrections", "inside")}
    for path in (ROOT / "ui" / tab).glob("*.py"):
        used = {name for name in imports(path) if any(f"{name}.".startswith(f"{other}.") for other in others)}
        assert not used, f"{path.relative_to(ROOT)} imports {', '.join(sorted(used))}"


@pytest.mark.parametrize("path", PRODUCT, ids=name_of)
def test_reserved_packages(path: Path) -> None:
    packages = {name.split(".")[0] for name in imports(path)}
    where = path.relative_to(ROOT).as_posix()
    wrong = [
        name for name in packages & set(RESERVED) if not f"{where}/".startswith(tuple(f"{p}/" for p in RESERVED[name]))
    ]
    assert not wrong, f"{where} must not import {', '.join(wrong)}"


@pytest.mark.parametrize("path", [path for path in PRODUCT if part(name_of(path)) in ("app", "ui")], ids=name_of)
def test_the_page_knows_no_network(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(path)} & {"torch", "safetensors", "train"}


def loaded_after(statement: str) -> set[str]:
    """The modules that a fresh interpreter holds after the statement."""
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    return set(done.stdout.split())


def test_serving_loads_nothing_of_training() -> None:
    loaded = loaded_after("import " + ", ".join(SERVING))
    assert "model.reader" in loaded
    assert not {name for name in loaded if part(name) in ("model.training", "train")}
    assert "torchvision" not in loaded


def test_reading_loads_no_page_and_no_plots() -> None:
    assert not loaded_after("import model.reader, model.review.gallery") & {"gradio", "matplotlib"}


@pytest.mark.parametrize("path", sorted((ROOT / "model" / "synthesis").rglob("*.py")), ids=name_of)
def test_strokes_need_no_torch(path: Path) -> None:
    """Drawing by code is wanted where torch is not, so importing it must not pay for it."""
    assert not {package.split(".")[0] for package in imports(path)} & {"torch", "torchvision", "gradio"}


def test_public_surface() -> None:
    import model

    assert sorted(model.__all__) == sorted(name for name in vars(model) if name[0].isupper())
    for name in ("load", "classify", "read_drawing", "read_photo"):
        assert callable(getattr(model.DigitReader, name)), f"the contract has DigitReader.{name}"
