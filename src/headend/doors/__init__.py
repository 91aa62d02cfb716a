"""How the outside gets in: parse, call one verb, answer. Doors never import each other."""
