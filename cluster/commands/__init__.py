"""What the commands do once `cluster.cli` has read the command line: data on stdout, talk on stderr."""
