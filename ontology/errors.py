"""The errors of the ontology: a file that must exist is not usable, or a term is asked for that does not exist.

OntologyError
└── TermNotFoundError   no term or concept has this name; ``suggestions`` holds near misses
"""

from __future__ import annotations


class OntologyError(Exception):
    """The ontology cannot be used; Duegraph refuses to start rather than run on half of it.

    Attributes:
        code: stable identifier, kebab-case.
        detail: one sentence with the offending value.
        place: the file, or empty when it has no place.
        remedy: what to do next.
    """

    def __init__(self, detail: str, *, code: str = "ontology", place: str = "", remedy: str = "") -> None:
        self.detail = detail
        self.code = code
        self.place = place
        self.remedy = remedy
        super().__init__(detail)

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        then = f" {self.remedy}" if self.remedy else ""
        return f"{where}{self.detail}{then} [{self.code}]"


class TermNotFoundError(OntologyError):
    """No term or concept has the name that was asked for.

    Attributes:
        name: what was asked for.
        suggestions: names that are spelt alike, best first.
    """

    def __init__(self, name: str, *, place: str = "", suggestions: tuple[str, ...] = ()) -> None:
        self.name = name
        self.suggestions = suggestions
        remedy = f"Did you mean {', '.join(suggestions)}?" if suggestions else ""
        super().__init__(f'no term is called "{name}".', code="term-not-found", place=place, remedy=remedy)

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the trip between processes with name and suggestions."""
        return _restore, (self.name, self.place, self.suggestions)


def _restore(name: str, place: str, suggestions: tuple[str, ...]) -> TermNotFoundError:
    return TermNotFoundError(name, place=place, suggestions=suggestions)
