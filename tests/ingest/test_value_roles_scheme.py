from __future__ import annotations

from importlib import resources

from tests.ingest.gold import cases


def test_every_role_of_the_gold_cases_is_in_the_value_type_scheme() -> None:
    scheme = (resources.files("ontology") / "vocab" / "value-types.ttl").read_text(encoding="utf-8")
    roles = {row[0] for kind in ("role", "value") for _, _, found in cases(kind) for row in found}
    assert len(roles) >= 9
    assert all(f'skos:notation "{role}"' in scheme for role in roles)
