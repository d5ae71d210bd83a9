"""The whole road: an edited line, `gen publish`, Argo CD, the API server and its controllers, istiod, Envoys, the pod that
answers. Every part is the real one but the kubelet.
"""
