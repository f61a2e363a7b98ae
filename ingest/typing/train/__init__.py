"""Training of the English clause types from CUAD; needs scikit-learn (``duegraph[train]``), never used at run time."""
