import { type Json, jsonObjectIn, objectsIn } from '../../json-values';
import { textOf } from '../translation';

/** More than this of one thought is not kept: characters of its texts. */
const CHARACTERS_MAX = 1024 * 1024;
/** What a detail says in pieces. */
const TEXTS = ['text', 'summary'] as const;

/** Only who told it can read it, or knows it for its own, and wants it back. */
const isSigned = ({ data, signature }: Json): boolean =>
  typeof data === 'string' || typeof signature === 'string';

/**
 * What a server tells of a thought beside its text. Clients of Anthropic's keep it, without looking into it, as a thought that is
 * redacted, and give it back with what was said after it.
 */
export class KeptThought {
  private details: Json[] = [];
  private characters = 0;

  /** @param model by which its provider knows it: what it told is given back to nobody else. */
  constructor(private readonly model: string) {}

  /** The details of a message, or of a piece of one. */
  add(details: unknown): void {
    for (const detail of objectsIn(details)) {
      for (const text of Object.values(detail)) this.characters += textOf(text).length;
      if (this.characters > CHARACTERS_MAX) this.details = [];
      else this.addPiece(detail);
    }
  }

  /** The block that keeps what was told since the last one; none where nothing of that is signed. */
  blocks(): readonly Json[] {
    const { model, details } = this;
    if (!details.some(isSigned)) return [];
    this.details = [];
    const kept = JSON.stringify({ model, reasoning_details: details });
    return [{ type: 'redacted_thinking', data: Buffer.from(kept).toString('base64') }];
  }

  private addPiece(piece: Json): void {
    const last = this.details.at(-1);
    if (!last || isSigned(last) || 'data' in piece || !isOfOne(last, piece))
      return void this.details.push(piece);
    const texts = TEXTS.flatMap((name) =>
      name in last || name in piece ? [[name, textOf(last[name]) + textOf(piece[name])] as const] : [],
    );
    this.details[this.details.length - 1] = { ...last, ...piece, ...Object.fromEntries(texts) };
  }
}

const isOfOne = (last: Json, piece: Json): boolean =>
  last['type'] === piece['type'] && last['index'] === piece['index'];

/** The details that a block keeps; none where it is Anthropic's own, or another model told them. */
export const keptDetails = ({ data }: Json, model: string): readonly Json[] => {
  const kept = jsonObjectIn(Buffer.from(textOf(data), 'base64'));
  return kept?.['model'] === model ? objectsIn(kept['reasoning_details']) : [];
};
