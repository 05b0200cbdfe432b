"""Portkey's package for Python, for its admin API: portkey_python.py <base URL>"""

import functools
import json
import sys

from portkey_ai import Portkey


def run(call):
    client = Portkey(api_key=call["key"], base_url=sys.argv[1])
    method = functools.reduce(getattr, call["path"], client)
    answer = method(**call["args"])
    return {"answer": json.loads(answer.model_dump_json()) if hasattr(answer, "model_dump_json") else answer}


def body_of(error):
    """It keeps the text of what it does not take for an error of a model's provider."""
    try:
        return json.loads(error.body)
    except (AttributeError, TypeError, ValueError):
        return None


def error_of(error):
    told = {"status": getattr(error, "status_code", None), "body": body_of(error)}
    return {"class": type(error).__name__, "message": str(error), **told}


for line in sys.stdin:
    try:
        heard = run(json.loads(line))
    except Exception as error:  # Whatever it is, it is what the SDK's user sees.
        heard = {"error": error_of(error)}
    print(json.dumps(heard, default=str), flush=True)
