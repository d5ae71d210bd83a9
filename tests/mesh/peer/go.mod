module gen/tests/mesh/peer

go 1.26.0
