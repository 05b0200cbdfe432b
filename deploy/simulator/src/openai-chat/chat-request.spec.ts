import { parseChatRequest } from './chat-request';
import { parseJson } from '../core/json';

const messages = [{ role: 'user', content: 'hi' }];

describe('parseChatRequest', () => {
  it('counts the UTF-8 bytes of all contents, strings and parts', () => {
    const body = {
      model: 'm',
      messages: [
        { role: 'system', content: 'é' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'abc' },
            { type: 'image_url', image_url: {} },
          ],
        },
        { role: 'assistant', content: null },
      ],
    };
    expect(parseChatRequest(body)).toEqual({
      model: 'm',
      stream: false,
      includeUsage: false,
      choices: 1,
      outputLimit: undefined,
      contentBytes: 5,
      tools: [],
      toolUse: 'none',
      parallelTools: true,
      answersTools: false,
      schema: undefined,
      reasons: false,
    });
  });

  it('reads what changes the answer', () => {
    const body = {
      model: 'm',
      messages,
      stream: true,
      stream_options: { include_usage: true },
      n: 3,
      max_tokens: 9,
    };
    expect(parseChatRequest(body)).toMatchObject({
      stream: true,
      includeUsage: true,
      choices: 3,
      outputLimit: 9,
    });
    expect(parseChatRequest({ model: 'm', messages, max_completion_tokens: 4 })).toMatchObject({
      outputLimit: 4,
    });
  });

  it.each([
    [null, null],
    [[], null],
    [{ messages }, 'model'],
    [{ model: 1, messages }, 'model'],
    [{ model: 'm' }, 'messages'],
    [{ model: 'm', messages: [] }, 'messages'],
    [{ model: 'm', messages: 'hi' }, 'messages'],
    [{ model: 'm', messages: [1] }, 'messages[0]'],
    [{ model: 'm', messages: [{ content: 'hi' }] }, 'messages[0].role'],
    [{ model: 'm', messages: [{ role: 'user', content: 1 }] }, 'messages[0].content'],
    [{ model: 'm', messages: [{ role: 'user', content: ['a'] }] }, 'messages[0].content[0]'],
    [{ model: 'm', messages, n: 0 }, 'n'],
    [{ model: 'm', messages, n: 129 }, 'n'],
    [{ model: 'm', messages, n: 1.5 }, 'n'],
    [{ model: 'm', messages, max_tokens: 0 }, 'max_tokens'],
    [{ model: 'm', messages, max_tokens: '5' }, 'max_tokens'],
    [{ model: 'm', messages, max_completion_tokens: -1 }, 'max_completion_tokens'],
    [{ model: 'm', messages, max_tokens: 1, max_completion_tokens: 1 }, 'max_tokens'],
    [{ model: 'm', messages, stream: 'yes' }, 'stream'],
    [{ model: 'm', messages, stream_options: {} }, 'stream_options'],
    [{ model: 'm', messages, stream: true, stream_options: 1 }, 'stream_options'],
    [
      { model: 'm', messages, stream: true, stream_options: { include_usage: 1 } },
      'stream_options.include_usage',
    ],
  ])('refuses %j, blaming %s', (body, param) => {
    expect(() => parseChatRequest(body)).toThrow(expect.objectContaining({ status: 400, param }));
  });

  it('refuses what is not JSON', () => {
    expect(() => parseJson(Buffer.from('{'))).toThrow(expect.objectContaining({ status: 400 }));
  });
});
