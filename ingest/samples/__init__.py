"""A small corpus in English and Chinese, written for this project: one story with known risks (see README.md)."""
