"""Asks whether a locked package has a known vulnerability; ends with 1 if one has.

    make audit

pip-audit is fetched for this into an environment of its own and is not in the lock: its answer is only as good as the
advisories of the day, and it would bring more packages to audit than gkstats runs on. Where there is no network, or an
index that knows no advisories, nothing is known: that is said, and is no failure.
"""

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements.lock"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = next(path for name in ("bin/python", "Scripts/python.exe") if (path := Path(folder) / name).exists())
        fetched = run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "pip-audit")
        if fetched.returncode:
            return unknown(f"pip-audit could not be fetched: {fetched.stderr.strip()[-300:]}")
        options = ("--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json")
        done = run(python, "-m", "pip_audit", *options, "--requirement", str(LOCK))
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return unknown(f"pip-audit gave no answer: {done.stderr.strip()[-300:]}")
    return judged(packages)


def judged(packages: list[dict]) -> int:
    """Exit status for what pip-audit says of each package; prints what is to be known."""
    answered = [package for package in packages if "vulns" in package]
    found = [(package, vulnerability) for package in answered for vulnerability in package["vulns"]]
    for package, vulnerability in found:
        mended = ", ".join(vulnerability["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']}: {vulnerability['id']}, mended in {mended}")
    if not answered:
        return unknown(f"the index knows no advisories for any of the {len(packages)} packages")
    print(f"{len(answered)} of {len(packages)} packages audited, {len(found)} known vulnerabilities")
    return 1 if found else 0


def unknown(why: str) -> int:
    print(f"NOT AUDITED: {why}")
    return 0


def run(*command: object) -> subprocess.CompletedProcess:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main())
