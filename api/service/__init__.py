"""What the doors do: the same work behind the command line, REST and the pages."""
