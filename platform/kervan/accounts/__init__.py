"""People and how they prove who they are: registering, signing in, sessions, second factors."""
