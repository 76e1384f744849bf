"""README.md, the Space's front matter and the requirements, held true."""

from __future__ import annotations

import io
import json
import re
import shlex
import subprocess
import sys
import tokenize
import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.__main__ import main
from model.card import Card, Data, Network, Origin
from model.results import DrawingFigures, Drawings, NonDigitFigures, PhotoFigures, Protocol, Validation
from tests.support.app import Server
from tools import ROOT, measured
from tools.documents import documents, fill, markers
from tools.figures import parts

README = (ROOT / "README.md").read_text(encoding="utf-8")
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in documents())
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
NEEDED = {"title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "python_version", "app_file", "license"}
OPTIONAL = {"short_description", "tags", "pinned", "header", "models", "datasets", "preload_from_hub"}
LARGEST_FILE = 2_000_000  # bytes


def front_matter() -> dict[str, str | list[str]]:
    """The flat `key: value` lines and `- item` lists between the two `---` that README.md begins with."""
    found = re.match(r"---\n(.*?)\n---\n", README, re.DOTALL)
    assert found, "README.md does not begin with a Space's front matter"
    fields: dict[str, str | list[str]] = {}
    for line in found[1].splitlines():
        item = re.fullmatch(r" *- (\S+)", line)
        if item:
            entries = fields[key]  # noqa: F821 - a list item follows its key
            assert isinstance(entries, list)
            entries.append(item[1])
            continue
        key, _, value = line.partition(":")
        assert re.fullmatch(r"[A-Za-z_]+", key), f"front matter: {line!r} is no `key: value`"
        assert key not in fields, f"front matter: {key} stands there twice"
        fields[key] = value.strip().strip('"') or []
    return fields


def pins(name: str) -> dict[str, str]:
    """package -> version of a requirements file; every line is an exact pin, an option or a comment."""
    found = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "-")):
            package, version = line.split("==")
            found[package] = version
    return found


def committed() -> list[str]:
    """The repository's files; skips in a copy without git."""
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [name for name in done.stdout.splitlines() if (ROOT / name).exists()]


def blocks(language: str, text: str = TEXT) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def test_front_matter() -> None:
    fields = front_matter()
    assert set(fields) >= NEEDED
    assert set(fields) <= NEEDED | OPTIONAL
    assert {fields["colorFrom"], fields["colorTo"]} <= COLOURS
    assert fields["sdk"] == "gradio"
    assert fields["license"] == "mit"
    assert fields["pinned"] in ("true", "false")
    assert (ROOT / str(fields["app_file"])).is_file()
    assert 1 <= len(str(fields["short_description"])) <= 60
    assert re.fullmatch(r"3\.(1[1-9])", str(fields["python_version"]))
    assert isinstance(fields["tags"], list) and fields["tags"]


def test_front_matter_emoji_is_one() -> None:
    emoji = str(front_matter()["emoji"]).replace("\ufe0f", "")
    assert len(emoji) == 1 and unicodedata.category(emoji) == "So"


def test_gradio_version_is_the_pinned_one() -> None:
    assert front_matter()["sdk_version"] == pins("requirements.txt")["gradio"]


def test_both_requirements_pin_the_same_torch() -> None:
    before = pins("pre-requirements.txt")
    assert set(before) == {"torch", "torchvision"}
    assert before.items() <= pins("requirements.txt").items()


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_figures_are_those_of_the_card(path: Path) -> None:
    written = {**parts(Card.read(ROOT / "assets")), "measured": measured.sentences(measured.read())}
    text = path.read_text(encoding="utf-8")
    assert fill(text, written) == text, "run `make figures`, or make soak or make fuzz"


def test_every_part_that_a_program_writes_has_its_place() -> None:
    for name in (*parts(Card.read(ROOT / "assets")), "measured"):
        assert TEXT.count(markers(name)[0]) == TEXT.count(markers(name)[1]) == 1


def test_the_readme_is_short() -> None:
    """1,000 words, the Space's settings and the generated tables aside."""
    own = re.sub(r"<!-- (\w+):start -->.*?<!-- \1:end -->", "", README.split("---\n", 2)[2], flags=re.DOTALL)
    assert len(own.split()) <= 1000


def test_figures_change_with_the_card() -> None:
    confusion = np.diag([42] * 10)
    confusion[3, 3], confusion[3, 5] = 37, 5
    card = Card(
        Network("digitnet", weights=123_456, multiply_adds=7_890_000),
        data=Data("train.csv", "0", rows=4200, train=3780, validation=420),
        seconds=200,
        machine="a test",
        validation=Validation(confusion.tolist(), 0.0012),
    )
    readme = "before\n<!-- results:start -->\nold\n<!-- results:end -->\nafter"
    without = fill(readme, parts(card))
    assert without.startswith("before\n") and without.endswith("\nafter") and "old" not in without
    assert "98.81%" in without and "**drawings**" not in without
    assert "123,456 weights" in parts(card)["recipe"] and "with the default settings" in parts(card)["recipe"]
    card = replace(card, drawings=Drawings({"mouse": DrawingFigures(1000, 0.9912, 0.001, 0.02, 0.994)}))
    assert "| – mouse | 1,000 | 99.1% | 0.10% |" in fill(readme, parts(card))
    assert "| mouse | 1,000 | 99.1% | 99.4% | 0.10% | 2.00% |" in parts(card)["figures"]
    card = replace(
        card,
        started_from=Origin(seconds=700, started_from=Origin(seconds=300)),
        config={"epochs": 3},
        protocol=Protocol("check"),
        photos={"a page": PhotoFigures(3, exact=2 / 3, f1=0.981)},
        not_digits={
            "runes": NonDigitFigures(50, 0.38, sure_of_a_digit=0.2, auroc=0.9533),
            "cats": NonDigitFigures(29, 0.1, digits_per_picture=0.6),
        },
    )
    whole, figures, recipe = (parts(card)[name] for name in ("results", "figures", "recipe"))
    assert "| photos: a page | 3 | 66.7% | |" in whole and "| no digits: runes | 50 | 62.0% refused | 20.0% |" in whole
    assert "| a page | 3 | 66.7% | 98.1% |" in figures and "| runes | 50 | 38.0% | 0.953 |" in figures
    assert "that nothing was chosen on" in whole and "that nothing was chosen on" in figures
    assert "in 20 minutes" in recipe and "with `--epochs 3`" in recipe and "2 earlier runs" in recipe


def tree() -> dict[str, list[str]]:
    """The README's tree: folder -> what is listed in it, "" being the root; a folder's name ends with a slash."""
    (block,) = [block for block in blocks("text", README) if "app.py" in block]
    listed: dict[str, list[str]] = {"": []}
    folder = ""
    for line in block.splitlines():
        name = line.split()[0]
        if not line.startswith(" "):
            folder = ""
        listed.setdefault(folder, []).append(name)
        if name.endswith("/") and not line.startswith(" "):
            folder = name
    return listed


def test_everything_in_the_tree_exists() -> None:
    for folder, names in tree().items():
        for name in names:
            path = ROOT / folder / name
            assert path.is_dir() if name.endswith("/") else path.is_file(), f"README's tree names {folder}{name}"


def test_every_file_is_in_the_tree() -> None:
    listed = tree()
    for name in committed():
        first, _, rest = name.partition("/")
        if not rest:
            assert first in listed[""], f"README's tree lacks {name}"
            continue
        folder = first + "/"
        assert folder in listed[""], f"README's tree lacks {folder}"
        child = rest.split("/")[0] + ("/" if "/" in rest else "")
        assert folder not in listed or child in listed[folder], f"README's tree lacks {folder}{child}"


def test_files_are_small() -> None:
    large = [name for name in committed() if (ROOT / name).stat().st_size >= LARGEST_FILE]
    assert large == []


@pytest.mark.parametrize("path", [*documents(), ROOT / "SECURITY.md"], ids=lambda path: path.name)
def test_links_and_pictures_lie_in_the_repository(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if not target.startswith("https://"):
            assert (path.parent / target).exists(), f"{path.name} points to {target}"
    assert not re.search(r"!\[[^]]*\]\(http", text), "pictures come from the repository"


def test_every_document_is_linked_from_the_readme() -> None:
    assert [path.name for path in documents()[1:] if f"docs/{path.name}" not in README] == []


def test_folders_of_the_packages_exist() -> None:
    for line in blocks("text", (ROOT / "docs" / "development.md").read_text(encoding="utf-8"))[0].splitlines():
        assert (ROOT / line.split()[0]).is_dir()


def test_the_environment_is_documented() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in [ROOT / "app.py", *(ROOT / "ui").rglob("*.py")])
    names = {name for name in re.findall(r"DIGIT_[A-Z_]+", code)}
    assert names <= set(re.findall(r"DIGIT_[A-Z_]+", TEXT))


def spoken(path: Path) -> str:
    """What a file says in words: strings and comments of Python and JavaScript, everything else whole."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        return "\n".join(
            token.string for token in tokens if token.type not in (tokenize.NAME, tokenize.OP, tokenize.NUMBER)
        )
    if path.suffix == ".js":
        return "\n".join(re.findall(r"//.*|/\*.*?\*/|`[^`]*`|'[^'\n]*'", text, re.DOTALL))
    if path.name == "lab-log.md":
        return text.partition("## 2026-11-25")[2]  # older entries stay as they were written
    return text


SPOKEN = sorted(
    path
    for kind in ("py", "js", "html", "css", "md", "ipynb")
    for folder in ("model", "ui", "tools", "docs", "notebooks", ".")
    for path in (ROOT.glob("*." + kind) if folder == "." else (ROOT / folder).rglob("*." + kind))
)


@pytest.mark.parametrize("path", SPOKEN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_space_stands_before_a_percent_sign(path: Path) -> None:
    assert re.findall(r".*[0-9}] %(?![}%\w(]).*", spoken(path)) == []


def test_commands_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    used = set(re.findall(r"\bmake ([a-z]+)", "\n".join(blocks("bash") + re.findall(r"`(make [^`]*)`", TEXT))))
    assert {"run", "test"} <= used
    assert [word for word in sorted(used) if not re.search(rf"^{word}:", makefile, re.MULTILINE)] == []
    assert "pip install -r requirements.txt" in README and "python app.py" in README


@pytest.fixture(scope="module")
def onnx_file(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """digits.onnx, which an example reads."""
    path = tmp_path_factory.mktemp("onnx") / "digits.onnx"
    assert main(["--onnx", str(path)]) == 0
    return path


def run_example(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{code}\n{done.stderr}"
    assert done.stdout.strip(), f"an example that prints nothing: {code}"


def test_python_examples(onnx_file: Path) -> None:
    examples = [block for block in dict.fromkeys(blocks("python")) if "gradio_client" not in block]
    assert examples
    for code in examples:
        run_example(code.replace("digits.onnx", str(onnx_file)))


def test_api_examples(server: Server) -> None:
    examples = [block for block in dict.fromkeys(blocks("python")) if "gradio_client" in block]
    assert examples
    for code in examples:
        assert code.count("http://127.0.0.1:7860") == 1
        run_example(code.replace("http://127.0.0.1:7860", server.url))


def test_command_line_examples(onnx_file: Path) -> None:
    lines = dict.fromkeys(
        line for block in blocks("bash") for line in block.splitlines() if line.startswith("python -m model ")
    )
    assert lines
    for line in lines:
        words = [word.replace("digits.onnx", str(onnx_file)) for word in shlex.split(line.partition("  #")[0])[1:]]
        done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        if "--json" in words:
            assert json.loads(done.stdout)
