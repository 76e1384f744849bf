"""The page's scripts without a page: their own tests, run by Node where it is, and how the page puts them together."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.app import ROOT
from ui import page

TESTS = sorted((ROOT / "tests" / "ui" / "scripts").glob("*.test.js"))
MODULES = sorted(path.relative_to(ROOT / "ui").as_posix() for path in (ROOT / "ui").rglob("*.js"))


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_scripts_pass_their_own_tests(path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node here: apt install nodejs")
    done = subprocess.run([node, "--test", str(path)], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.parametrize("name", MODULES)
def test_a_script_has_what_it_imports_once_and_before_its_use(name: str) -> None:
    text = page.script(name)
    assert not re.search(r"^(import|export)\b", text, re.MULTILINE)
    heads = [head for head in re.findall(r"^/\*.*", text, re.MULTILINE) if not head.startswith("/** ")]
    assert len(heads) == len(set(heads))
    source = (ROOT / "ui" / name).read_text(encoding="utf-8")
    own = text.index(source.splitlines()[0])
    assert text.endswith(source.splitlines()[-1] + "\n")
    for imported in re.findall(r"^import .* from '(.+)';", source, re.MULTILINE):
        first = (ROOT / "ui" / name).parent.joinpath(imported).read_text(encoding="utf-8").splitlines()[0]
        assert first in text and text.index(first) < own
