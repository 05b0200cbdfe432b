import type { Answer } from '@gatehouse/event-store';
import type { ApiKeyState } from '../../domain/api-key/api-key';
import type { Answered } from '../answered';
import type { MintedKey } from './api-key.ports';
import { type ApiKeyView, apiKeyView } from './api-key.view';

/** A key with the secret that it was just given. */
export interface ToldKey extends Answered<ApiKeyView> {
  /** The secret itself; empty where an earlier call with the same request id was told it. */
  readonly secret: string;
}

/**
 * Of two calls with one request id at the same moment both may have appended the same event, as far as the store can tell:
 * only the secret whose hash the log holds is one.
 */
export const toldKey = (answer: Answer<ApiKeyState>, { secret, kept }: MintedKey, at: Date): ToldKey => {
  const ours = answer.state.status !== 'absent' && answer.state.hash === kept.hash;
  return { view: apiKeyView(answer, at), position: answer.position, secret: ours ? secret : '' };
};
