"""Partners and watch lists as stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from kb import ids
from kb.facts.base import Select, document_of, graphs_of, index_of, optional, query, span_of
from kb.model import Identifier, ListEntry, Name, Partner
from ontology import terms as t

# --- partners and lists --------------------------------------------------------------------------------------------


def _names(select: Select, graphs: Collection[str] | None, owner: str) -> dict[tuple[str, str], tuple[Name, ...]]:
    """Return the names of all nodes of a class: those of list entries outnumber those of partners by far."""
    pattern = (
        f"?p a <{owner}> ; <{t.DUE_hasName}> ?n . ?n <{t.DUE_name}> ?name ; <{t.DUE_nameKind}> ?kind . "
        + optional("?n", (t.DUE_nameLanguage, "?language"))
    )
    found: dict[tuple[str, str], list[tuple[int, Name]]] = defaultdict(list)
    for g, p, n, name, kind, language in select(query("?g ?p ?n ?name ?kind ?language", pattern, graphs)):
        found[(g or "", p or "")].append((index_of(n or ""), Name(name or "", kind or "primary", language)))
    return {key: tuple(v for _, v in sorted(group, key=lambda x: x[0])) for key, group in found.items()}


def _identifiers(
    select: Select, graphs: Collection[str] | None, owner: str
) -> dict[tuple[str, str], tuple[Identifier, ...]]:
    pattern = (
        f"?p a <{owner}> ; <{t.DUE_hasIdentifier}> ?n . "
        f"?n <{t.DUE_identifierScheme}> ?scheme ; <{t.DUE_identifierValue}> ?value . "
        + optional("?n", (t.DUE_identifierValid, "?valid"))
    )
    found: dict[tuple[str, str], list[tuple[int, Identifier]]] = defaultdict(list)
    for g, p, n, scheme, value, valid in select(query("?g ?p ?n ?scheme ?value ?valid", pattern, graphs)):
        known = None if valid is None else valid == "true"
        found[(g or "", p or "")].append((index_of(n or ""), Identifier(scheme or "", value or "", known)))
    return {key: tuple(v for _, v in sorted(group, key=lambda x: x[0])) for key, group in found.items()}


def _many(
    select: Select, graphs: Collection[str] | None, owner: str, predicate: str
) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for g, p, value in select(query("?g ?p ?value", f"?p a <{owner}> ; <{predicate}> ?value", graphs)):
        found[(g or "", p or "")].append(value or "")
    for group in found.values():
        group.sort()
    return found


@dataclass(frozen=True, slots=True)
class StoredPartner:
    """A partner with the register document it stands in; ``id`` is "<register>/<key>"."""

    id: str
    document: str
    partner: Partner


def read_partners(select: Select, documents: Collection[str] | None = None) -> tuple[StoredPartner, ...]:
    """Return the stored partners, ordered by id."""
    graphs = graphs_of(documents)
    names, identifiers = _names(select, graphs, t.DUE_Partner), _identifiers(select, graphs, t.DUE_Partner)
    attributes: dict[tuple[str, str], list[tuple[int, str, str]]] = defaultdict(list)
    for g, p, n, header, cell in select(
        query(
            "?g ?p ?n ?header ?cell",
            f"?p <{t.DUE_attribute}> ?n . ?n <{t.DUE_attributeName}> ?header ; <{t.DUE_attributeValue}> ?cell",
            graphs,
        )
    ):
        attributes[(g or "", p or "")].append((index_of(n or ""), header or "", cell or ""))
    pattern = (
        f"?p a <{t.DUE_Partner}> ; <{t.DUE_inRegister}> ?d ; <{t.DUE_entryId}> ?id ; <{t.OA_hasSelector}> ?s . "
        + optional(
            "?p",
            (t.DUE_partyKind, "?kind"),
            (t.DUE_country, "?country"),
            (t.DUE_legalForm, "?form"),
            (t.DUE_partnerStatus, "?status"),
            (t.DUE_address, "?address"),
        )
    )
    partners = []
    for g, p, d, key, s, kind, country, form, status, address in select(
        query("?g ?p ?d ?id ?s ?kind ?country ?form ?status ?address", pattern, graphs)
    ):
        span, node = span_of(s), (g or "", p or "")
        scope = ids.unquote_id((p or "").removeprefix(f"{ids.URN}partner:").split("/", 1)[0])
        partners.append(
            StoredPartner(
                id=f"{scope}/{key}",
                document=document_of(d),
                partner=Partner(
                    id=key or "",
                    names=names.get(node, ()),
                    kind=kind,
                    start=span.start,
                    end=span.end,
                    country=country,
                    identifiers=identifiers.get(node, ()),
                    legal_form=form,
                    status=status,
                    address=address,
                    attributes={h: c for _, h, c in sorted(attributes.get(node, ()))},
                ),
            )
        )
    return tuple(sorted(partners, key=lambda p: (p.id, p.document)))


@dataclass(frozen=True, slots=True)
class StoredList:
    """One stored load of a watch list; the fields are those of ``WatchList``."""

    list_id: str
    title: str
    document: str
    rows: int
    rejected: tuple[str, ...]
    entries: tuple[ListEntry, ...]
    notes: tuple[str, ...] = ()
    published: date | None = None
    incomplete: str | None = None


def read_lists(select: Select, documents: Collection[str] | None = None) -> tuple[StoredList, ...]:
    """Return the stored watch lists with their entries, ordered by list id."""
    graphs = graphs_of(documents)
    names, identifiers = _names(select, graphs, t.DUE_ListEntry), _identifiers(select, graphs, t.DUE_ListEntry)
    many = {
        name: _many(select, graphs, t.DUE_ListEntry, predicate)
        for name, predicate in (
            ("country", t.DUE_country),
            ("program", t.DUE_program),
            ("birth", t.DUE_birthDate),
            ("address", t.DUE_address),
        )
    }
    entries: dict[str, list[ListEntry]] = defaultdict(list)
    pattern = (
        f"?e a <{t.DUE_ListEntry}> ; <{t.DUE_entryId}> ?id ; <{t.OA_hasSource}> ?d ; <{t.OA_hasSelector}> ?s . "
        + optional(
            "?e",
            (t.DUE_partyKind, "?kind"),
            (t.DUE_remarks, "?remarks"),
            (t.DUE_listedOn, "?listed"),
            (t.DUE_delistedOn, "?delisted"),
        )
    )
    for g, e, key, d, s, kind, remarks, listed, delisted in select(
        query("?g ?e ?id ?d ?s ?kind ?remarks ?listed ?delisted", pattern, graphs)
    ):
        span, node = span_of(s), (g or "", e or "")
        entries[document_of(d)].append(
            ListEntry(
                id=key or "",
                names=names.get(node, ()),
                kind=kind,
                start=span.start,
                end=span.end,
                countries=tuple(many["country"].get(node, ())),
                programs=tuple(many["program"].get(node, ())),
                identifiers=identifiers.get(node, ()),
                birth_dates=tuple(many["birth"].get(node, ())),
                addresses=tuple(many["address"].get(node, ())),
                remarks=remarks or "",
                listed_on=_day(listed),
                delisted_on=_day(delisted),
            )
        )
    rejected, notes = _reasons(select, graphs, t.DUE_rejectedRow), _reasons(select, graphs, t.DUE_cellNote)
    pattern = (
        f"?d <{t.DUE_states}> ?l . ?l <{t.DUE_rows}> ?rows ; <{t.DUE_listId}> ?id ; <{t.DUE_listTitle}> ?title . "
        + optional("?l", (t.DUE_publisherDate, "?published"), (t.DUE_incomplete, "?incomplete"))
    )
    lists = [
        StoredList(
            list_id=list_id or "",
            title=title or "",
            document=(document := document_of(d)),
            rows=int(rows or 0),
            rejected=rejected.get(document, ()),
            entries=tuple(sorted(entries.get(document, ()), key=lambda e: (e.start, e.id))),
            notes=notes.get(document, ()),
            published=_day(published),
            incomplete=incomplete,
        )
        for d, list_id, title, rows, published, incomplete in select(
            query("?d ?id ?title ?rows ?published ?incomplete", pattern, graphs)
        )
    ]
    return tuple(sorted(lists, key=lambda item: (item.list_id, item.document)))


def _reasons(select: Select, graphs: Collection[str] | None, predicate: str) -> dict[str, tuple[str, ...]]:
    """Return the sentences about rows or cells left out, by document."""
    found: dict[str, list[str]] = defaultdict(list)
    for d, reason in select(query("?d ?reason", f"?d <{predicate}> ?reason", graphs)):
        found[document_of(d)].append(reason or "")
    return {document: tuple(sorted(reasons)) for document, reasons in found.items()}


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
