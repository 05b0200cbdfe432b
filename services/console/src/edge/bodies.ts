import { finished } from 'node:stream';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '@gatehouse/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LARGE_ROUTES } from '../routes';
import type { Callers } from '../session/callers';
import { BodyRoom, ROOM_AFTER_SECONDS } from './body-room';
import { demandBounded, keepDigest } from '../rest/json-body';
import type { Route } from '../rest/route';

/** Of whoever is nobody yet: a key or a link, to sign in by. */
export const STRANGERS_BODY_BYTES_MAX = 4 * 1024;
/** A credential is the longest that one thing has. */
const BODY_BYTES_MAX = 256 * 1024;
/** Limits of an integration for hundreds of workspaces, and its models, at once. */
const LARGE_BODY_BYTES_MAX = 4 * 1024 * 1024;

declare module 'fastify' {
  interface FastifyContextConfig {
    served?: Route;
  }
}

/** No body is read but of who is somebody, as large as its route may say, and where there is room for it. */
export const takeBodies = (fastify: FastifyInstance, callers: Callers): void => {
  const room = new BodyRoom();
  fastify.addHook('onRoute', (options) => {
    const served = options.config?.served;
    if (served) options.bodyLimit = LARGE_ROUTES.has(served) ? LARGE_BODY_BYTES_MAX : BODY_BYTES_MAX;
  });
  fastify.addHook('onRequest', async (request, reply) => {
    if (!request.routeOptions.config.served || !hasBody(request.raw)) return;
    const caller = await callers.credentialOf(request.raw);
    await callers.demandKnown(caller);
    whenOver(request.raw, reply.raw, roomFor(room, caller, request, reply));
  });
  parseBodies(fastify);
};

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** Node tells nothing of the end of its connection to an answer whose turn on that has not come; there may be any number of them. */
const whenOver = ({ socket }: IncomingMessage, answer: ServerResponse, over: () => void): void => {
  if (socket.destroyed) return over();
  const end = (): void => {
    forget();
    socket.off('close', end);
    over();
  };
  const forget = finished(answer, end);
  socket.setMaxListeners(0).once('close', end);
};

/** Of a body that does not say its length there is room for the longest. */
const roomFor = (
  room: BodyRoom,
  caller: string,
  { raw, routeOptions: { bodyLimit } }: FastifyRequest,
  reply: FastifyReply,
): (() => void) => {
  try {
    return room.take(caller, Math.min(Number(raw.headers['content-length'] ?? bodyLimit), bodyLimit));
  } catch (error) {
    void reply.header('retry-after', ROOM_AFTER_SECONDS);
    throw error;
  }
};

/** Clients say that a body is JSON where they send none, which Fastify would refuse; and some say nothing of what they send. */
const parseBodies = (fastify: FastifyInstance): void => {
  fastify.removeAllContentTypeParsers();
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser<string>('*', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') return done(null, undefined);
    try {
      demandBounded(body);
    } catch (error) {
      return done(error as AppError);
    }
    keepDigest(request, body);
    return parse(request, body, done);
  });
};
