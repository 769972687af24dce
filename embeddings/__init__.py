"""From text to neighbours: lexical index today, encoder and dense index next."""
