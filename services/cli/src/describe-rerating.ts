import { formatUsd } from '@gatehouse/kernel';
import type { meteringV1 } from '@gatehouse/proto-gen';

/** Which records are rated anew, as a person says it. */
export const describeRerateTerms = (terms: meteringV1.RerateTerms | undefined): string => {
  const of = [terms?.workspaceId, terms?.integrationId, terms?.model].filter((one) => one);
  const whose = of.length > 0 ? of.join(', ') : 'all workspaces';
  return `${whose} from ${terms?.from?.toISOString()} until ${terms?.to?.toISOString()}`;
};

/** What became of them, or would: a line for the sums, and one for each reason to leave records as they are. */
export const describeTally = (tally: meteringV1.RerateTally): readonly string[] => [
  `${tally.changed} change: ${formatUsd(tally.beforeNanoUsd)} USD before, ${formatUsd(tally.afterNanoUsd)} USD after${unknownBefore(tally)}`,
  ...LEFT.flatMap(([count, why]) => (tally[count] > 0n ? [`${tally[count]} stay: ${why}`] : [])),
];

const unknownBefore = ({ unknownBefore: count }: meteringV1.RerateTally): string =>
  count > 0n ? `; of ${count} the price was unknown before` : '';

const LEFT = [
  ['unchanged', 'they cost the same'],
  ['unknown', 'what was used is not known'],
  ['unpriced', 'their model has no price'],
  ['adjusted', 'somebody has said what they cost'],
  ['unsettled', 'something is still held for them'],
  ['unapproved', 'they would let more be spent than was approved'],
] as const;
