import { EVENTS } from '@gatehouse/events';
import { apiKeyId, organizationId, sessionId } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { SessionEndReason, SessionEvent } from '../../domain/session/session.events';

const { SessionEnd } = provisioningV1;

const ENDS: Readonly<Record<SessionEndReason, provisioningV1.SessionEnd>> = {
  signedOut: SessionEnd.SIGNED_OUT,
  idle: SessionEnd.IDLE,
  replaced: SessionEnd.REPLACED,
};

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytesOf = (hex: string): Buffer => Buffer.from(hex, 'hex');

export const sessionCodec = EVENTS.codec<SessionEvent>({
  SignInLinkMade: {
    toMessage: ({ hash, secretHash, ...event }) => ({
      ...event,
      hash: bytesOf(hash),
      secretHash: bytesOf(secretHash),
    }),
    fromMessage: ({ expiresAt, ...message }) => {
      if (!expiresAt) throw new Error('a link without its end');
      return { ...ownerIn(message), ...hashesIn(message), expiresAt };
    },
  },
  SessionBegan: {
    toMessage: ({ hash, secretHash, linkHash = '', ...event }) => ({
      ...event,
      hash: bytesOf(hash),
      secretHash: bytesOf(secretHash),
      linkHash: bytesOf(linkHash),
    }),
    fromMessage: ({ beganAt, expiresAt, linkHash, ...message }) => {
      if (!beganAt || !expiresAt) throw new Error('a session without its times');
      const id = sessionId(message.sessionId);
      const link = linkHash.length > 0 ? { linkHash: hexOf(linkHash) } : {};
      return { sessionId: id, ...ownerIn(message), ...hashesIn(message), beganAt, expiresAt, ...link };
    },
  },
  SessionEnded: {
    toMessage: ({ why, ...event }) => ({ ...event, why: ENDS[why] }),
    fromMessage: (message) => {
      const why = Object.entries(ENDS).find(([, end]) => end === message.why)?.[0];
      if (why === undefined) throw new Error('a session that ended for an unknown reason');
      const id = sessionId(message.sessionId);
      return { sessionId: id, apiKeyId: apiKeyId(message.apiKeyId), why: why as SessionEndReason };
    },
  },
  SessionsEnded: {
    toMessage: (event) => event,
    fromMessage: ({ apiKeyId: id, epoch }) => ({ apiKeyId: apiKeyId(id), epoch }),
  },
});

const ownerIn = (message: { readonly apiKeyId: string; readonly organizationId: string }) => ({
  apiKeyId: apiKeyId(message.apiKeyId),
  organizationId: organizationId(message.organizationId),
});

const hashesIn = (message: { readonly hash: Uint8Array; readonly secretHash: Uint8Array }) => ({
  hash: hexOf(message.hash),
  secretHash: hexOf(message.secretHash),
});
