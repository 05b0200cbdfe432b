import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { CertifiedKey } from '@gatehouse/certificates';
import { HEAD_END, lengthIn } from './http-bytes';
import { STREAM_CHUNKS } from './stream-shape';

const CHUNK_EVERY_MS = 5;
const PIECE = 'abcdefgh ';
const TEXT = PIECE.repeat(64);
const USAGE = { prompt_tokens: 12, completion_tokens: 34, total_tokens: 46 };
const COMMON = { id: 'chatcmpl-bench', created: 1_700_000_000, model: 'bench' };

const answerOf = (head: string, body: string): Buffer =>
  Buffer.from(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${body}`);

const json = JSON.stringify({
  ...COMMON,
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: TEXT }, finish_reason: 'stop' }],
  usage: USAGE,
});
const jsonAnswer = (body: string): Buffer =>
  answerOf(`content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`, body);
const PLAIN = jsonAnswer(json);
/** The same in Anthropic's words. */
const MESSAGE = jsonAnswer(
  JSON.stringify({
    ...{ id: 'msg_bench', type: 'message', role: 'assistant', model: 'bench' },
    content: [{ type: 'text', text: TEXT }],
    ...{ stop_reason: 'end_turn', stop_sequence: null, usage: { input_tokens: 12, output_tokens: 34 } },
  }),
);
const MESSAGES = Buffer.from('POST /v1/messages');

const framed = (event: string): string => `${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`;
const eventOf = (delta: object, rest: object = {}): string =>
  `data: ${JSON.stringify({ ...COMMON, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: null }], ...rest })}\n\n`;

const STREAM_HEAD = answerOf('content-type: text/event-stream\r\ntransfer-encoding: chunked', '');
const CHUNK = Buffer.from(framed(eventOf({ content: PIECE })));
const STREAM_END = Buffer.from(
  [
    `data: ${JSON.stringify({ ...COMMON, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n`,
    `data: ${JSON.stringify({ ...COMMON, choices: [], usage: USAGE })}\n\n`,
    'data: [DONE]\n\n',
  ]
    .map(framed)
    .join('') + '0\r\n\r\n',
);

const stream = (socket: Socket): void => {
  socket.write(STREAM_HEAD);
  let sent = 0;
  const timer = setInterval(() => {
    socket.write(CHUNK);
    if (++sent < STREAM_CHUNKS) return;
    stop();
    socket.off('close', stop);
    socket.write(STREAM_END);
  }, CHUNK_EVERY_MS);
  const stop = (): void => clearInterval(timer);
  socket.once('close', stop);
};

/** Reads no more of a request than where it ends, and whether it wants a stream. */
const serve = (socket: Socket): void => {
  let left = -1;
  let streams = false;
  let answer = PLAIN;
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  socket.on('data', (bytes: Buffer) => {
    let body = bytes;
    if (left < 0) {
      const end = bytes.indexOf(HEAD_END);
      if (end < 0) return void socket.destroy();
      left = lengthIn(bytes.toString('latin1', 0, end)) ?? 0;
      body = bytes.subarray(end + HEAD_END.length);
      streams = false;
      answer = bytes.indexOf(MESSAGES) === 0 ? MESSAGE : PLAIN;
    }
    streams ||= body.includes('"stream":true');
    left -= body.length;
    if (left > 0) return;
    left = -1;
    if (streams) stream(socket);
    else socket.write(answer);
  });
};

const portOf = (server: Server): Promise<number | undefined> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' ? address?.port : undefined);
    });
  });

/** Over TLS too, where it is given a certificate. */
const listen = async (word: 'get ready' | CertifiedKey): Promise<void> => {
  const port = await portOf(createServer(serve));
  if (word === 'get ready') return void process.send?.({ port });
  const { certificate: cert, key } = word;
  process.send?.({ port, tlsPort: await portOf(createTlsServer({ cert, key }, serve)) });
};

process.on('message', (word: 'get ready' | CertifiedKey) => void listen(word));
process.on('disconnect', () => process.exit());
