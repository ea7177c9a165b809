"""Loading content files into rows, for every app that has such files:

    file = read_yaml_with_lines(path, RadioFile)       # ContentError names file, line and field
    faults(Radio, values)                              # what the model has against the values
    load_pages(pages, overwrite, keep)                 # replaces what staff did not edit

Read everything and check it before the load, and run the load in one transaction. How guides use it
stands in `guides.loading.guides`.
"""
