"""Prints the limits that the services run with."""
import configparser
from pathlib import Path

for path in sorted(Path("config").glob("*.ini")):
    parser = configparser.ConfigParser()
    parser.read(path)
    for section in parser.sections():
        for key, value in parser[section].items():
            print(f"{path.name} [{section}] {key} = {value}")
