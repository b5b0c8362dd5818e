"""How the parts are put together and run: settings, servers, processes, the outer face."""
