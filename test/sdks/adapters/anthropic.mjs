// Anthropic's package: anthropic.mjs <gateway>
import Anthropic from '@anthropic-ai/sdk';
import { described, each, gateway, jsonSchema, RESULT, serve, strictSchema } from './serve.mjs';

const contentOf = ({ prompt, image }) =>
  image === undefined
    ? prompt
    : [
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: image } },
        { type: 'text', text: prompt },
      ];

const TYPES = { auto: 'auto', none: 'none', required: 'any' };

const toolChoiceOf = ({ choice, parallel }) => {
  if (choice === undefined && parallel === undefined) return undefined;
  const wanted =
    choice === undefined || choice in TYPES
      ? { type: TYPES[choice ?? 'auto'] }
      : { type: 'tool', name: choice };
  return parallel === false ? { ...wanted, disable_parallel_tool_use: true } : wanted;
};

const bodyOf = (call) => ({
  model: call.model,
  max_tokens: call.maxTokens,
  messages: [{ role: 'user', content: contentOf(call) }],
  tools: call.tools?.map((name) => ({ name, description: described(name), input_schema: jsonSchema })),
  tool_choice: toolChoiceOf(call),
  output_config: call.structured ? { format: { type: 'json_schema', schema: strictSchema } } : undefined,
  ...call.parameters,
});

const heardOf = ({ content, stop_reason, usage }) => ({
  text: content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join(''),
  calls: content.flatMap((block) =>
    block.type === 'tool_use' ? [{ name: block.name, arguments: block.input }] : [],
  ),
  finish: stop_reason,
  usage: { input: usage.input_tokens, output: usage.output_tokens },
});

const plain = async (client, call, body) => {
  const answer = await client.messages.create(body);
  const used = answer.content.filter(({ type }) => type === 'tool_use');
  if (call.results && used.length > 0) {
    const results = used.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: RESULT }));
    const turns = [
      { role: 'assistant', content: answer.content },
      { role: 'user', content: results },
    ];
    const messages = [...body.messages, ...turns];
    return plain(client, { ...call, results: false }, { ...body, messages });
  }
  return { ...heardOf(answer), requestId: answer._request_id };
};

const streamed = async (client, call, body) => {
  // The SDK's own sum of the events: it throws on an order that it does not know.
  const stream = client.messages.stream(body);
  const told = await each(stream, call, () => undefined);
  return told.left ? told : { ...heardOf(await stream.finalMessage()), ...told };
};

const KINDS = {
  chat: (client, call) => (call.stream ? streamed : plain)(client, call, bodyOf(call)),
  models: async (client) => {
    const models = [];
    for await (const { id } of client.models.list()) models.push(id);
    return { models };
  },
  count: async (client, call) => {
    const { max_tokens: _bound, ...body } = bodyOf(call);
    return { usage: { input: (await client.messages.countTokens(body)).input_tokens } };
  },
};

await serve(
  (call) => KINDS[call.kind](new Anthropic({ baseURL: gateway, apiKey: call.key, maxRetries: 0 }), call),
  (error) =>
    error instanceof Anthropic.APIError && {
      class: error.constructor.name,
      status: error.status,
      code: error.error?.error?.code,
      param: error.error?.error?.param,
      message: error.message,
      requestId: error.requestID,
    },
);
