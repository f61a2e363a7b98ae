"""Identifiers of organisations, laws and securities: canonical form, and whether a value can be one.

``validate`` answers True (everything the scheme defines and that can be checked offline holds), False (it cannot be
such an identifier) or None (the scheme is unknown, or it defines nothing that could be checked). True never means that
the identifier was issued.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

from stdnum import bic, iban, imo, isin, isni
from stdnum.cn import ric
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.gb import sedol
from stdnum.iso7064 import mod_97_10
from stdnum.us import ein

_LONGEST: Final = 256
"""No scheme knows longer values (ELI URIs are the longest); bounds the cost of a hostile one."""

_LEI: Final = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
_USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC: Final = re.compile(rf"[{_USCC_ALPHABET}]{{2}}[0-9]{{6}}[{_USCC_ALPHABET}]{{10}}")
_USCC_WEIGHTS: Final = tuple(pow(3, position, 31) for position in range(17))
_ORGANISATION_CODE: Final = re.compile(r"[A-Z0-9]{8}[0-9X]")
_ORGANISATION_CODE_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
# Sector, year, type letters, number; then (01) for one of several, R(01) for a corrigendum, -date for a consolidation,
# three letters and a number for a national measure, "/TXT" or an article for a treaty.
_CELEX: Final = re.compile(
    r"[0-9CE](?:1[89]|20)[0-9]{2}(?:[A-Z]{1,3}[0-9]{3,6}[A-Z]{0,3}|[A-Z]{0,3}/[A-Z]{2,5})(?:_[0-9]{1,8})?"
    r"(?:\([0-9]{1,3}\))?(?:R\([0-9]{2}\))?(?:/[A-Z0-9]{2,6})?(?:-[0-9]{8})?"
)
_ECLI: Final = re.compile(r"ECLI:[A-Z]{2}:[A-Z0-9]{1,7}:[0-9]{4}:[A-Z0-9.]{1,25}")
_ELI: Final = re.compile(r"(?:https?://[a-z0-9.-]{3,100}(?::[0-9]{1,5})?)?/eli/[^\s<>\"{}|\\^`]{1,150}", re.IGNORECASE)
_DUNS: Final = re.compile(r"[0-9]{9}")
_EORI: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{1,15}")
_COMPANY_NUMBER_GB: Final = re.compile(r"(?:[0-9]{8}|[A-Z]{2}[0-9]{6}|[A-Z]{2}[0-9]{5}[A-Z])")
_CIK: Final = re.compile(r"[0-9]{1,10}")


def _lei(value: str) -> bool:
    """ISO 17442: 18 letters or digits and two check digits by ISO 7064 MOD 97-10."""
    return _LEI.fullmatch(value) is not None and bool(mod_97_10.is_valid(value))


def _uscc(value: str) -> bool:
    """统一社会信用代码, the Chinese unified social credit code.

    The authority and the type in places 1 and 2 may be letters ("N2" for rural collectives, "Y1"), the division in
    places 3 to 8 is digits, place 18 is the check character.

    Source: GB 32100-2015, §4 and appendix A.
    """
    if _USCC.fullmatch(value) is None:
        return False
    total = sum(_USCC_ALPHABET.index(c) * weight for c, weight in zip(value, _USCC_WEIGHTS, strict=False))
    return value[17] == _USCC_ALPHABET[-total % 31]


def _organisation_code(value: str) -> bool:
    """组织机构代码, the organisation code in places 9 to 17 of a USCC.

    Source: GB 11714-1997.
    """
    if _ORGANISATION_CODE.fullmatch(value) is None:
        return False
    total = sum(int(c, 36) * weight for c, weight in zip(value, _ORGANISATION_CODE_WEIGHTS, strict=False))
    return value[8] == "0123456789X0"[11 - total % 11]


def _shape(pattern: re.Pattern[str]) -> Callable[[str], bool | None]:
    """Return a check for schemes whose published syntax is all there is to check."""
    return lambda value: pattern.fullmatch(value) is not None


def _shape_only(pattern: re.Pattern[str]) -> Callable[[str], bool | None]:
    """Return a check for schemes whose shape says too little to confirm anything."""
    return lambda value: None if pattern.fullmatch(value) is not None else False


def _stdnum(validate_number: Callable[[str], object]) -> Callable[[str], bool | None]:
    def check(value: str) -> bool:
        try:
            validate_number(value)
        except ValidationError:
            return False
        return True

    return check


_CHECKS: Final[Mapping[str, Callable[[str], bool | None]]] = {
    "BIC": _stdnum(bic.validate),
    "CELEX": _shape(_CELEX),
    "CIK": _shape_only(_CIK),
    "CN-ID": _stdnum(ric.validate),  # 居民身份证号码, resident identity number
    "CN-ORG": _organisation_code,
    "DUNS": _shape_only(_DUNS),
    "ECLI": _shape(_ECLI),
    "EIN": _stdnum(ein.validate),
    "ELI": _shape(_ELI),
    "EORI": _shape_only(_EORI),
    "GB-COH": _shape_only(_COMPANY_NUMBER_GB),
    "IBAN": _stdnum(iban.validate),
    "IMO": _stdnum(imo.validate),
    "ISIN": _stdnum(isin.validate),
    "ISNI": _stdnum(isni.validate),
    "LEI": _lei,
    "SEDOL": _stdnum(sedol.validate),
    "USCC": _uscc,
    "VAT-EU": _stdnum(vat.validate),
}

# Other names of the schemes above, as registers and lists write them.
_ALIASES: Final[Mapping[str, str]] = {
    "SWIFT": "BIC",
    "SWIFT/BIC": "BIC",
    "D-U-N-S": "DUNS",
    "XI-LEI": "LEI",
    "统一社会信用代码": "USCC",  # unified social credit code
    "组织机构代码": "CN-ORG",  # organisation code
    "身份证": "CN-ID",  # identity card
    "居民身份证": "CN-ID",  # resident identity card
}

SCHEMES: Final = frozenset(_CHECKS)
"""The schemes about which something can be checked."""


def scheme_name(scheme: str) -> str:
    """Return the canonical name of a scheme; unknown ones come back upper-case."""
    name = unicodedata.normalize("NFKC", scheme).strip().upper()
    return _ALIASES.get(name, name)


def normalise(scheme: str, value: str) -> str:
    """Return ``value`` in the form two spellings of the same identifier share.

    Full-width characters become ASCII; of the schemes known here separators go and letters become capitals; ELI URIs
    and identifiers of unknown schemes keep their spelling apart from outer white space.
    """
    text = unicodedata.normalize("NFKC", value).strip()
    name = scheme_name(scheme)
    if name not in _CHECKS or name == "ELI":
        return text
    if name == "IMO":
        text = re.sub(r"(?i)^(?:IMO[\s\-]{0,4})+", "", text)
    separators = r"[\s\-]" if name not in {"CELEX", "ECLI"} else r"\s"
    # Taking a separator out can bring a letter and its accent together, so the form is composed again.
    return unicodedata.normalize("NFKC", re.sub(separators, "", text).upper())


def validate(scheme: str, value: str) -> bool | None:
    """Return whether ``value`` can be an identifier of ``scheme``: True, False, or None when nothing can be said.

    Args:
        scheme: "LEI", "USCC", "CELEX", … in any case, or a name in ``_ALIASES``; other schemes give None.
        value: as written; separators and full-width characters are understood.
    """
    check = _CHECKS.get(scheme_name(scheme))
    if check is None:
        return None
    if len(value) > _LONGEST:
        return False
    return check(normalise(scheme, value))
