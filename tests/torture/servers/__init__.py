"""Publishing to real servers, one for each way to refuse: `make torture`."""
