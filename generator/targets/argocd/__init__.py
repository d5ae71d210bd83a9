"""Argo CD: what deploys all that the others print."""
