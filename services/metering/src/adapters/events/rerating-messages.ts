import { meteringV1 } from '@gatehouse/proto-gen';
import { addedTally, NO_TALLY, type RerateTally } from '../../domain/adjustment/rerate-tally';
import type { RerateTerms } from '../../domain/adjustment/rerate-terms';

export const toProtoRerateTerms = (
  { workspaceId = '', integrationId = '', model = '', from, to }: Omit<RerateTerms, 'organizationId'>,
  priceBookVersion: bigint,
): meteringV1.RerateTerms => ({
  ...{ workspaceId, integrationId, model, from, to },
  priceBook: { $case: 'version', value: priceBookVersion },
});

/** Whose they are is in the event's metadata. Throws where they were not made by `toProtoRerateTerms`. */
export const fromRecordedRerateTerms = (
  terms: meteringV1.RerateTerms,
): Omit<RerateTerms, 'organizationId'> => {
  const { workspaceId, integrationId, model, from, to } = terms;
  if (!from || !to) throw new Error('a rerating without its span');
  return {
    ...(workspaceId !== '' && { workspaceId }),
    ...(integrationId !== '' && { integrationId }),
    ...(model !== '' && { model }),
    ...{ from, to },
  };
};

export const toProtoRerateTally = ({ before, after, unknownBefore, ...counts }: RerateTally) =>
  meteringV1.RerateTally.fromPartial({
    ...counts,
    ...{ beforeNanoUsd: before, afterNanoUsd: after, unknownBefore },
  });

export const fromRecordedTally = (tally: meteringV1.RerateTally | undefined): RerateTally => {
  if (!tally) throw new Error('a rerating without its tally');
  const { beforeNanoUsd: before, afterNanoUsd: after, ...counts } = tally;
  return addedTally(NO_TALLY, { ...counts, before, after });
};
