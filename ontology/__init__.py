"""The meaning of what Duegraph stores: classes, properties, concept schemes and shapes, in English and Chinese.

Constants for every term are in ``ontology.terms``. This package imports rdflib only.
"""

from __future__ import annotations

from ontology.errors import OntologyError, TermNotFoundError
from ontology.files import NAMESPACE, SCHEMES, VERSION, VOCABULARY_BASE, load, load_shapes
from ontology.lookup import TermDescription, TermReference, describe
from ontology.vocabulary import Concept, concept, concepts, risk_level

__all__ = [
    "NAMESPACE",
    "SCHEMES",
    "VERSION",
    "VOCABULARY_BASE",
    "Concept",
    "OntologyError",
    "TermDescription",
    "TermNotFoundError",
    "TermReference",
    "concept",
    "concepts",
    "describe",
    "load",
    "load_shapes",
    "risk_level",
]
