"""Who may call what: policies of routes, the access token, the error form, response headers."""
