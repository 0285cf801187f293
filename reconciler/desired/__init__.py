"""The desired state: YAML files in, a fleet as of a day out.

`yaml` reads values with their positions, `documents` are the typed form of the files and the source of their JSON
Schemas, `load` gathers and checks all files and reports every problem at once, `resolve` works profiles, dates and
inheritance into plain services. Only `load` touches the disk, and nothing here knows the time.
"""
