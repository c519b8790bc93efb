"""Whom to contact, when and with what: response, simulation, exact planning and policies."""
