"""What people bring: bases, components, patches, read as Kustomize and the API server do. Pure."""
