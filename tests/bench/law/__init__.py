"""The parts of the law benchmark, one subject each."""
