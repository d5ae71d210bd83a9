"""Every allowed kind of base, built by the real Kustomize and held against what gen tells."""
