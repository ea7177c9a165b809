"""What Lighthouse, axe and the Nu HTML checker say of the pages: `make audit`.

The shop runs as production runs it, gunicorn with DEBUG off, started by the demo's own runner on
free ports and with its data in a folder of its own. An order is made, so that its page can be
looked at too. The exit status is 0 if every page is as wanted, 1 on a miss, and 2 if a tool could
not run.
"""
