"""Provisions that begin to apply on a day of their own → facts."""

from __future__ import annotations

from collections.abc import Callable

from kb import ids
from kb.model import ActVersion
from kb.triples import TripleWriter
from ontology import terms as t


def map_commencements(
    out: TripleWriter, document: str, law: ActVersion, *, place: Callable[[str, int, int], None]
) -> None:
    """Write which provisions of a version begin on which day, each with the words that say so.

    Args:
        out: where to write.
        document: IRI of the document that gives the version.
        law: the version.
        place: ties a node to its words.
    """
    version = ids.version_iri(law.version)
    for index, begins in enumerate(law.commencements, 1):
        node = f"{document}#commencement{index}"
        out.iri(version, t.DUE_commencement, node)
        out.type(node, t.DUE_Commencement)
        for number in begins.provisions:
            out.iri(node, t.DUE_commencesProvision, ids.provision_iri(ids.provision_id(law.version, number)))
        if begins.day is not None:
            out.typed(node, t.ELI_first_date_entry_in_force, begins.day.isoformat(), t.XSD_date)
        place(node, begins.start, begins.end)
