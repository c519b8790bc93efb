"""Monitoring: is the data still what the model knows, and are the answers still right?"""
