"""`python -m bot` is `bursar`."""

import sys

from bot.cli import main

sys.exit(main())
