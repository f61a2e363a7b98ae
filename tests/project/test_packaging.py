"""What is shipped is what is in the five folders, and the installed command works anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("kb", "ontology", "ingest", "checks", "api")


def tracked(package: str) -> set[str]:
    """Files of a package: those git tracks where there is a repository, else those on disk without caches."""
    listed = subprocess.run(["git", "ls-files", "-z", package], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return {name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()}
    return {
        str(p.relative_to(ROOT)) for p in (ROOT / package).rglob("*") if p.is_file() and "__pycache__" not in p.parts
    }


@pytest.mark.slow
def test_the_wheel_holds_exactly_the_files_of_the_five_folders(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        shipped = {n for n in archive.namelist() if ".dist-info/" not in n and "__pycache__" not in n}
    wanted = {name for package in PACKAGES for name in tracked(package)}
    assert len(wanted) > 200
    assert shipped == wanted


def test_the_command_works_from_another_directory(tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("duegraph")
    assert command.is_file()
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "__init__.py").write_text("raise SystemExit('the wrong api package was imported')\n")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [str(command), "--data", str(tmp_path / "data"), "--json", "rules", "list"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) >= 20


def test_every_package_is_typed_and_documented() -> None:
    for package in PACKAGES:
        assert (ROOT / package / "py.typed").is_file()
        assert (ROOT / package / "__init__.py").read_text(encoding="utf-8").startswith('"""')


def test_no_large_file_is_tracked_by_accident() -> None:
    large = {
        n: (ROOT / n).stat().st_size for p in PACKAGES for n in tracked(p) if (ROOT / n).stat().st_size > 5_000_000
    }
    assert all(name.startswith("ingest/models/") for name in large), large
    assert sum((ROOT / n).stat().st_size for n in tracked("ingest") if n.startswith("ingest/models/")) < 40_000_000
