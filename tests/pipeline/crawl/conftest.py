from tests.pipeline.network.loopback import serve_sites

__all__ = ["serve_sites"]
