"""Off-policy evaluation measured where the truth is known: a randomised trial of e-mails."""
