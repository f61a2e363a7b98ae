"""Learned choice among the values of a contract that may play a role, where rules leave it open.

``candidates`` names the values that may play the role and describes each by features, ``model`` weighs them against
each other and against "the contract does not say", ``train`` fits the weights. Only the notice that ends a renewal is
chosen so: for dates and terms a chooser was tried and did no better than the rules on contracts unseen by both.
"""
