"""OpenAI's package for Python: openai_python.py <gateway> [azure]"""

import json
import sys

from openai import APIError, AzureOpenAI, OpenAI

GATEWAY = sys.argv[1]
AZURE = sys.argv[2:] == ["azure"]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
STRICT = {**SCHEMA, "additionalProperties": False}
RESULT = json.dumps({"found": True})


def client_of(key):
    if AZURE:
        return AzureOpenAI(azure_endpoint=GATEWAY, api_version="2024-10-21", api_key=key, max_retries=0)
    return OpenAI(base_url=f"{GATEWAY}/v1", api_key=key, max_retries=0)


def content_of(call):
    if "image" not in call:
        return call["prompt"]
    url = f"data:image/png;base64,{call['image']}"
    return [{"type": "text", "text": call["prompt"]}, {"type": "image_url", "image_url": {"url": url}}]


def tool_of(name):
    description = f"Tells the {name} of a city."
    return {"type": "function", "function": {"name": name, "description": description, "parameters": SCHEMA}}


def body_of(call):
    body = {
        "model": call["model"],
        "messages": [{"role": "user", "content": content_of(call)}],
        "max_tokens": call["maxTokens"],
    }
    if "tools" in call:
        body["tools"] = [tool_of(name) for name in call["tools"]]
    choice = call.get("choice")
    if choice in ("auto", "none", "required"):
        body["tool_choice"] = choice
    elif choice is not None:
        body["tool_choice"] = {"type": "function", "function": {"name": choice}}
    if "parallel" in call:
        body["parallel_tool_calls"] = call["parallel"]
    if call.get("structured"):
        schema = {"name": "place", "strict": True, "schema": STRICT}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return {**body, **call.get("parameters", {})}


def usage_of(usage):
    return usage and {"input": usage.prompt_tokens, "output": usage.completion_tokens}


def plain(client, call, body):
    answer = client.chat.completions.create(**body)
    choice = answer.choices[0]
    calls = choice.message.tool_calls or []
    if call.get("results") and calls:
        results = [{"role": "tool", "tool_call_id": one.id, "content": RESULT} for one in calls]
        messages = [*body["messages"], choice.message, *results]
        return plain(client, {**call, "results": False}, {**body, "messages": messages})
    return {
        "text": choice.message.content or "",
        "calls": [{"name": one.function.name, "arguments": json.loads(one.function.arguments)} for one in calls],
        "finish": choice.finish_reason,
        "usage": usage_of(answer.usage),
        "requestId": answer._request_id,
    }


def streamed(client, call, body):
    stream = client.chat.completions.create(**body, stream=True, stream_options={"include_usage": True})
    heard = {"text": "", "finish": None, "usage": None, "pieces": 0}
    calls = {}
    for chunk in stream:
        heard["pieces"] += 1
        if call.get("leave"):
            stream.close()
            return {"left": True}
        heard["usage"] = usage_of(chunk.usage) or heard["usage"]
        for choice in chunk.choices:
            heard["text"] += choice.delta.content or ""
            heard["finish"] = choice.finish_reason or heard["finish"]
            for part in choice.delta.tool_calls or []:
                one = calls.setdefault(part.index, {"name": "", "arguments": ""})
                one["name"] += part.function.name or ""
                one["arguments"] += part.function.arguments or ""
    told = [{**one, "arguments": json.loads(one["arguments"])} for one in calls.values()]
    return {**heard, "calls": told}


def chat(client, call):
    return (streamed if call.get("stream") else plain)(client, call, body_of(call))


def models(client, _call):
    return {"models": [model.id for model in client.models.list()]}


def embeddings(client, call):
    answer = client.embeddings.create(model=call["model"], input=call["input"])
    return {"vectors": [len(one.embedding) for one in answer.data], "usage": {"input": answer.usage.prompt_tokens}}


KINDS = {"chat": chat, "models": models, "embeddings": embeddings}


def error_of(error):
    names = {"status": "status_code", "code": "code", "param": "param", "requestId": "request_id"}
    told = {name: getattr(error, attribute, None) for name, attribute in names.items()}
    return {"class": type(error).__name__, "message": str(error), **told}


for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = KINDS[asked["kind"]](client_of(asked["key"]), asked)
    except Exception as error:  # Whatever it is, it is what the SDK's user sees.
        answer = {"error": error_of(error)}
    print(json.dumps(answer), flush=True)
