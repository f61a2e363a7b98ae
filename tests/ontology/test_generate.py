"""The generated constants: fresh, unambiguous, and a misspelt one is found by the type checker."""

import subprocess
import sys
from pathlib import Path

import pytest
from rdflib import RDFS, URIRef

from ontology import SCHEMES, VOCABULARY_BASE, concepts, generate, load, terms
from ontology.generate import main, render

ROOT = Path(__file__).parents[2]


def constants() -> dict[str, str]:
    return {name: value for name, value in vars(terms).items() if isinstance(value, str) and not name.startswith("__")}


def test_the_committed_file_is_up_to_date() -> None:
    assert (ROOT / "ontology/terms.py").read_text("utf-8") == render()


def test_rendering_twice_gives_the_same_bytes() -> None:
    assert render() == render()


def test_check_tells_a_stale_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "terms.py"
    target.write_text("stale", "utf-8")
    monkeypatch.setattr(generate, "TARGET", target)
    assert main(["--check"]) == 1
    assert "out of date" in capsys.readouterr().err
    assert main([]) == 0
    assert main(["--check"]) == 0


def test_no_name_is_assigned_twice() -> None:
    names = [line.partition(":")[0] for line in render().splitlines() if ": Final = " in line]
    assert len(names) == len(set(names)) >= 800


def test_every_term_is_stated_by_the_ontology() -> None:
    graph = load()
    stated = {str(subject) for subject in graph.subjects()}
    for name, iri in constants().items():
        if not name.startswith("NS_"):
            assert iri in stated, name


def test_every_concept_and_scheme_has_a_constant() -> None:
    values = set(constants().values())
    for scheme in SCHEMES:
        assert VOCABULARY_BASE + scheme in values
        assert {each.iri for each in concepts(scheme)} <= values


def test_every_labelled_term_has_a_constant() -> None:
    graph = load()
    values = set(constants().values())
    namespaces = tuple(value for name, value in constants().items() if name.startswith("NS_"))
    labelled = {
        str(subject)
        for subject in graph.subjects(RDFS.label)
        if str(subject).startswith(namespaces) and not str(subject).startswith(VOCABULARY_BASE)
    }
    ontologies = {str(each) for each in graph.objects(None, RDFS.isDefinedBy)}
    assert labelled - ontologies <= values


def test_terms_do_not_load_rdflib() -> None:
    code = "import sys; import ontology.terms; sys.exit('rdflib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


@pytest.mark.slow
def test_a_misspelt_term_is_a_type_error(tmp_path: Path) -> None:
    script = tmp_path / "typo.py"
    script.write_text("from ontology import terms\n\nprint(terms.DUE_Finding)\nprint(terms.DUE_Findng)\n", "utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "--config-file", "",
               str(script)]  # fmt: skip
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert 'Module has no attribute "DUE_Findng"' in done.stdout
    assert "Found 1 error" in done.stdout


def test_a_constant_is_usable_as_an_rdflib_term() -> None:
    assert (URIRef(terms.DUE_Finding), None, None) in load()
