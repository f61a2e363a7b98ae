"""Which records mean the same party: ties with their evidence, what people decided, and the parties that follow.

Nothing is merged because names are alike. A valid identifier that is given once merges by itself; everything else is
a proposal for a person, and what a person decides is a recorded act that counts above every computed tie.
"""

from kb.entities.merged import MergedPartner, merged_partners
from kb.entities.model import Act, ActKind, Fact, Record, Standing, Tie
from kb.entities.pairs import find_ties
from kb.entities.resolve import Entities, HeldApart, resolve

__all__ = [
    "Act",
    "ActKind",
    "Entities",
    "Fact",
    "HeldApart",
    "MergedPartner",
    "Record",
    "Standing",
    "Tie",
    "find_ties",
    "merged_partners",
    "resolve",
]
