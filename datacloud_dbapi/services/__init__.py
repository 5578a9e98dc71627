"""The services beside SQL, a file each: typed records in, typed records out, written once as flows."""
