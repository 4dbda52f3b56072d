"""`python -m webapp.sandbox --port N`: play every provider on this machine."""

import argparse
import os
import sys

from webapp.sandbox import serve


def main() -> int:
    """Serve until interrupted; a port that cannot be had is one sentence and exit status 1."""
    parser = argparse.ArgumentParser(prog="python -m webapp.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8901, help="port on 127.0.0.1 (default 8901)")
    port = parser.parse_args().port
    try:
        serve(port)
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        sys.stderr.write(f"The sandbox cannot listen on port {port}: {os.strerror(error.errno or 0)}.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
