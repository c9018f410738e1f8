"""The use-cases of handoffs: one verb each, one transaction each."""
