"""The memory of Duegraph: the domain model, the evidence graph, texts, search and names."""
