"""
What every page shares and no capability owns: access marks, errors, headers, forms, templates, real time, health.

Flask lives here; it knows no capability.
"""
