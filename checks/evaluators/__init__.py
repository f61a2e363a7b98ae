"""Ways to evaluate a rule: clause patterns, missing clauses, thresholds, SPARQL, and named Python evaluators.

An evaluator turns a rule and a context into answers (``Answer``); the engine makes findings of them. The table of named
Python evaluators is written out in ``checks.evaluators.registry``, never filled by import side effects.
"""
