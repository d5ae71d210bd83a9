"""What the input means: who answers whom, who may call whom, where requests come in. It is the
product; targets print it and views read it.

Pure values of its own types: nothing here is YAML, nothing is Kubernetes, nothing is a model of the
input."""
