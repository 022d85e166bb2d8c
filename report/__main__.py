"""`make report`: starts the dashboard on the published file of WAREHOUSE_DIR."""

import sys
from importlib import import_module
from pathlib import Path

APP = Path(__file__).with_name("app.py")
# Nothing is sent anywhere, nothing watches the files; the colours are those of style.css.
OPTIONS = {
    "browser.gatherUsageStats": "false",
    "server.fileWatcherType": "none",
    "server.headless": "true",
    "server.address": "localhost",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "theme.light.primaryColor": "#1d5fc2",
    "theme.light.backgroundColor": "#f6f7f9",
    "theme.light.secondaryBackgroundColor": "#ffffff",
    "theme.light.textColor": "#1b2330",
    "theme.light.borderColor": "#dfe4eb",
    "theme.dark.primaryColor": "#82b1ff",
    "theme.dark.backgroundColor": "#11151c",
    "theme.dark.secondaryBackgroundColor": "#1a202a",
    "theme.dark.textColor": "#e8ecf2",
    "theme.dark.borderColor": "#303a49",
}


def main(arguments: list[str]) -> None:
    """Run Streamlit in this process; later arguments overrule these options."""
    from streamlit.web import cli

    import_module("report.views")  # so that the first reader does not wait for it
    options = [f"--{name}={value}" for name, value in OPTIONS.items()]
    sys.argv = ["streamlit", "run", str(APP), *options, *arguments]
    cli.main()


if __name__ == "__main__":
    main(sys.argv[1:])
