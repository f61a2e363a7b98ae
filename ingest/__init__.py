"""Documents, feeds, lists and registers in; facts with evidence out."""
