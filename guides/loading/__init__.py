"""Loading content files into rows. What is here serves every app that has such files:

    file = read_yaml_with_lines(path, RadioFile)       # ContentError names file, line and field
    faults(Radio, values)                              # what the model has against the values
    load_pages(pages, overwrite, keep)                 # replaces what staff did not edit

Read everything and check it before the load, and run the load in one transaction. How guides use it
stands in `guides.loading.guides`.
"""

from guides.loading.files import (
    ContentError,
    ContentFile,
    Entry,
    Place,
    Problem,
    read_yaml_with_lines,
)
from guides.loading.pages import (
    Outcome,
    Page,
    Report,
    faults,
    is_edited,
    load_pages,
    plain,
    put,
    remove_page,
)
