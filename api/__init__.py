"""The doors: command line, REST and web pages."""
