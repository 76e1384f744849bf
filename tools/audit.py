"""pip-audit over what is installed, as part of `make lint`: a known vulnerability fails it, no database does not.

pip-audit has many requirements of its own, so it lives in an environment beside the app's. `python -m tools.audit`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from collections.abc import Sequence

from tools import command_line, environment

VERSION = "2.10.1"
PATIENCE = 300  # seconds


def verdict(report: str) -> tuple[int, str]:
    """Exit code and sentence for pip-audit's JSON; text that is none means that its database did not answer."""
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return 0, "pip-audit: skipped, its database cannot be reached from here"
    known = [one for one in packages if "skip_reason" not in one]
    found = [
        f"{one['name']} {one['version']}: {fault['id']}, fixed in {', '.join(fault['fix_versions']) or 'none yet'}"
        for one in known
        for fault in one.get("vulns", [])
    ]
    if found:
        return 1, "pip-audit: known vulnerabilities in " + "; ".join(found)
    if not known:
        return 0, f"pip-audit: skipped, its database knows none of the {len(packages)} packages from here"
    return (
        0,
        f"pip-audit: no known vulnerabilities in {len(known)} of {len(packages)} packages; the others are unknown",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code, 0 as well where nothing could be looked up."""
    command_line("audit", __doc__).parse_args(arguments)
    try:
        python = environment("audit", f"pip-audit=={VERSION}")
        command = [str(python), "-m", "pip_audit", "--path", sysconfig.get_path("purelib"), "--format", "json",
                   "--timeout", "10", "--progress-spinner", "off"]  # fmt: skip
        report = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE).stdout
    except (OSError, subprocess.SubprocessError) as error:
        print(f"pip-audit: skipped, it could not be installed or run here ({type(error).__name__})")
        return 0
    code, sentence = verdict(report)
    print(sentence)
    return code


if __name__ == "__main__":
    sys.exit(main())
