"""The Hyper engine: its process (`hyperd`), its gRPC service (`wire`) and its types (`sql_types`).

`hyper_service_pb2` is generated from `proto/`.
"""
