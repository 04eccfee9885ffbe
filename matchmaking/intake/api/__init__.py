"""The part of the API that intake brings: requests that are carried out once, and uploads."""
