"""The demo: real documentation and generated simulation reports, taken the whole way."""
