"""The reader of bases and patches beside the real Kustomize."""
