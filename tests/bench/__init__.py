"""Benchmarks; each prints figures beside a peer or the raw engine of the same run."""

import os

# As the command line sets it, before numpy is imported: threads of the matrix library double the processor time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
