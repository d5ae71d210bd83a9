"""The compiler's judge: its output on Istio's own control plane and real Envoys, against an oracle of its own.

Nothing here imports `generator`; the compiler is called as a user calls it.
"""
