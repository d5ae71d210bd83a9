"""`make edge`: the compiled edge on real Envoys, asked by odd but valid requests."""
