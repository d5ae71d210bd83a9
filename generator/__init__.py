"""Compiles tenants, branches and environments into Kustomize overlays and Istio routes."""

__version__ = "0.2.0"
