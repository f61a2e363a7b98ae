"""The grammar of citations: names of acts and the forms in which English and Chinese texts point into them."""
