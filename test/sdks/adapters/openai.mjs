// OpenAI's package: openai.mjs <gateway> <package> [azure]
import { described, each, gateway, jsonSchema, RESULT, serve, strictSchema } from './serve.mjs';

const { default: OpenAI, AzureOpenAI } = await import(process.argv[3]);
const azure = process.argv[4] === 'azure';

const clientOf = (apiKey) =>
  azure
    ? new AzureOpenAI({ endpoint: gateway, apiVersion: '2024-10-21', apiKey, maxRetries: 0 })
    : new OpenAI({ baseURL: `${gateway}/v1`, apiKey, maxRetries: 0 });

const contentOf = ({ prompt, image }) =>
  image === undefined
    ? prompt
    : [
        { type: 'text', text: prompt },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } },
      ];

const toolChoiceOf = ({ choice }) =>
  choice === undefined || ['auto', 'none', 'required'].includes(choice)
    ? choice
    : { type: 'function', function: { name: choice } };

const bodyOf = (call) => ({
  model: call.model,
  messages: [{ role: 'user', content: contentOf(call) }],
  max_tokens: call.maxTokens,
  tools: call.tools?.map((name) => ({
    type: 'function',
    function: { name, description: described(name), parameters: jsonSchema },
  })),
  tool_choice: toolChoiceOf(call),
  parallel_tool_calls: call.parallel,
  response_format: call.structured
    ? { type: 'json_schema', json_schema: { name: 'place', strict: true, schema: strictSchema } }
    : undefined,
  ...call.parameters,
});

const usageOf = (usage) => usage && { input: usage.prompt_tokens, output: usage.completion_tokens };

const plain = async (client, call, body) => {
  const answer = await client.chat.completions.create(body);
  const [{ message, finish_reason }] = answer.choices;
  if (call.results && message.tool_calls) {
    const results = message.tool_calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: RESULT }));
    const messages = [...body.messages, message, ...results];
    return plain(client, { ...call, results: false }, { ...body, messages });
  }
  return {
    text: message.content ?? '',
    calls: (message.tool_calls ?? []).map((one) => ({
      name: one.function.name,
      arguments: JSON.parse(one.function.arguments),
    })),
    finish: finish_reason,
    usage: usageOf(answer.usage),
    requestId: answer._request_id,
  };
};

const streamed = async (client, call, body) => {
  const stream = await client.chat.completions.create({
    ...body,
    stream: true,
    stream_options: { include_usage: true },
  });
  const heard = { text: '', calls: [], finish: null };
  const told = await each(stream, call, ({ choices: [choice], usage }) => {
    heard.text += choice?.delta.content ?? '';
    heard.finish = choice?.finish_reason ?? heard.finish;
    heard.usage = usageOf(usage) ?? heard.usage;
    for (const { index, function: part } of choice?.delta.tool_calls ?? []) {
      const one = (heard.calls[index] ??= { name: '', arguments: '' });
      one.name += part.name ?? '';
      one.arguments += part.arguments ?? '';
    }
  });
  if (told.left) return told;
  const calls = heard.calls.map((one) => ({ ...one, arguments: JSON.parse(one.arguments) }));
  return { ...heard, calls, ...told };
};

const KINDS = {
  chat: (client, call) => (call.stream ? streamed : plain)(client, call, bodyOf(call)),
  models: async (client) => {
    const models = [];
    for await (const { id } of client.models.list()) models.push(id);
    return { models };
  },
  embeddings: async (client, { model, input }) => {
    const { data, usage } = await client.embeddings.create({ model, input });
    return { vectors: data.map(({ embedding }) => embedding.length), usage: { input: usage.prompt_tokens } };
  },
};

await serve(
  (call) => KINDS[call.kind](clientOf(call.key), call),
  (error) =>
    error instanceof OpenAI.APIError && {
      class: error.constructor.name,
      ...{ status: error.status, code: error.code, param: error.param, message: error.message },
      requestId: error.requestID,
    },
);
