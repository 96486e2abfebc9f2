"""The backward pass that an expert would write; `economise` is in `economise`."""
