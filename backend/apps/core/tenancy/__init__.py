"""Fences between businesses, none of which depends on somebody remembering them.

`scope` says which business the code at hand works for. Managers read it and fail closed (`models`), composite
foreign keys keep a row's references inside its business (`constraints`), and PostgreSQL itself hides every
other row (`row_security`).
"""
