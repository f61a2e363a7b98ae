"""The web pages: server-rendered, bilingual, readable without JavaScript."""
