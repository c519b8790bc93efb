"""FHIR R4 in and out: a Bundle becomes a prescription, and suggestions become proposals.

Plain reading and writing of JSON: no FHIR library is needed to serve.
"""
