import type { ServiceUses } from './api-key.ports';
import type { ApiKeyView } from './api-key.view';

/** When a key last called, as far as is known. */
export interface LastUse {
  /** Undefined where nobody knows of any. */
  readonly latest: { readonly at: Date; readonly service: string } | undefined;
  /** No service may have seen a later one. */
  readonly certain: boolean;
}

/** The latest use that any service knows of. Before it was issued a key was not used. */
export const lastUse = (
  { id, issuedAt }: Pick<ApiKeyView, 'id' | 'issuedAt'>,
  uses: readonly ServiceUses[],
): LastUse => {
  const known = uses.flatMap(({ service, known: told }) => {
    const at = told?.last.get(id);
    return at ? [{ at, service }] : [];
  });
  const latest = known.toSorted((a, b) => b.at.getTime() - a.at.getTime())[0];
  const from = latest && latest.at > issuedAt ? latest.at : issuedAt;
  return { latest, certain: uses.every((told) => knowsAllFrom(told, id, from)) };
};

/** Who has seen a key once has its last use from then on. */
const knowsAllFrom = ({ known }: ServiceUses, id: ApiKeyView['id'], from: Date): boolean =>
  known !== undefined && (known.last.has(id) || known.since <= from);
