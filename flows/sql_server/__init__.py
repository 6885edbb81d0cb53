"""SQL over the network: Arrow Flight SQL, read only, each query in a child process with limits."""
