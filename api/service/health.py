"""Is everything that Duegraph needs installed, intact and usable?"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module, metadata
from pathlib import Path

from api.service.runtime import DISTRIBUTION, version
from kb.errors import DuegraphError
from kb.settings import Settings
from ontology import OntologyError

PACKAGES = ("kb", "ontology", "ingest", "checks", "api")


@dataclass(frozen=True, slots=True)
class Part:
    """One part: "ok", "optional" (works without, says what is lost) or "broken" (says how to mend it)."""

    name: str
    state: str
    detail: str


def examine(settings: Settings) -> tuple[Part, ...]:
    """Return every part with its state; never raises for a broken one."""
    return tuple(_examine(settings))


def _examine(settings: Settings) -> Iterator[Part]:
    yield Part("duegraph", "ok", f"{version()} on Python {sys.version.split()[0]}")
    for package in PACKAGES:
        yield _package(package)
    yield _tried("ontology", _ontology)
    yield _tried("rules", _rules)
    for language in ("en", "zh"):
        yield _tried(f"pipeline {language}", partial(_pipeline, language))
    yield _whoosh()
    yield _data(settings)
    tesseract = shutil.which("tesseract")
    yield (
        Part("tesseract", "ok", tesseract)
        if tesseract is not None
        else Part(
            "tesseract",
            "optional",
            "scanned pages cannot be read; sudo apt-get install -y tesseract-ocr tesseract-ocr-chi-sim",
        )
    )


def _package(name: str) -> Part:
    """Compare where a package is imported from with where this distribution installed it."""
    module = import_module(name)
    found = Path(module.__file__ or "").resolve().parent
    files = metadata.files(DISTRIBUTION) or []
    installed = {Path(str(f.locate())).resolve().parent for f in files if str(f) == f"{name}/__init__.py"}
    if installed and found not in installed:
        return Part(
            f"package {name}",
            "broken",
            f"another package of this name is imported from {found}; install Duegraph into an environment of its own",
        )
    return Part(f"package {name}", "ok", str(found))


def _tried(name: str, what: Callable[[], str]) -> Part:
    try:
        return Part(name, "ok", what())
    except (DuegraphError, OntologyError) as error:
        return Part(name, "broken", str(error))


def _ontology() -> str:
    from ontology import VERSION, load

    return f"{VERSION}, {len(load())} triples"


def _rules() -> str:
    from checks.rule import load_rules

    return f"{len(load_rules())} rules"


def _pipeline(language: str) -> str:
    from ingest.pipeline import load

    return ", ".join(load(language).nlp.pipe_names)


def _whoosh() -> Part:
    """Several distributions install the same ``whoosh`` folder; two of them overwrite each other."""
    names = ("whoosh3", "Whoosh", "whoosh-reloaded", "whoosh-ng")
    found = [name for name in names if _installed(name)]
    if len(found) > 1:
        return Part("whoosh", "broken", f"{' and '.join(found)} overwrite each other; keep whoosh3 only")
    return Part("whoosh", "ok", ", ".join(f"{name} {metadata.version(name)}" for name in found))


def _installed(name: str) -> bool:
    try:
        return metadata.metadata(name)["Name"].lower() == name.lower()
    except metadata.PackageNotFoundError:
        return False


def _data(settings: Settings) -> Part:
    from kb.base import KnowledgeBase
    from kb.errors import NotFoundError

    try:
        with KnowledgeBase.open(settings.data, write=False, settings=settings) as kb, kb.snapshot() as snapshot:
            return Part("data", "ok", f"{settings.data}: {len(snapshot.documents())} documents")
    except NotFoundError:
        return Part("data", "optional", f"{settings.data} holds nothing yet; start with: duegraph demo")
    except DuegraphError as error:
        return Part("data", "broken", str(error))
