"""One page about a run: self-contained HTML, readable without a network and without scripts."""
