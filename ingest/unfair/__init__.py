"""Potentially unfair terms in consumer terms of service: which sentences, of which kind, how surely.

Only documents whose contract type is consumer terms of service are read; nothing of this is loaded for other contracts.
"""
