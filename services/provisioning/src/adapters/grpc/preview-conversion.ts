import { type Caller, keyOf } from '@gatehouse/grpc';
import { AppError } from '@gatehouse/kernel';
import type { provisioningV1 } from '@gatehouse/proto-gen';
import { type Preview, PreviewCommandCommand } from '../../app/preview/preview-command.handler';
import { fromProtoProposedCommand } from '../events/proposal.codec';
import { ProvisioningChecks } from './request-fields';

export const fromProtoPreviewCommandRequest = (
  { command }: provisioningV1.PreviewCommandRequest,
  { principal, address }: Caller,
): PreviewCommandCommand => {
  const checks = new ProvisioningChecks();
  if (!command?.command) checks.fault('command', 'is required');
  if (command?.command?.$case === 'registry') checks.fault('command', 'must be one of this service');
  checks.done();
  const key = keyOf(principal);
  if (!key) throw new AppError('FORBIDDEN', 'ORGANIZATION_REQUIRED');
  const actor = { kind: 'apiKey', id: key.keyId, address } as const;
  const proposed = fromProtoProposedCommand(withoutNames(command));
  return new PreviewCommandCommand({ organizationId: key.organizationId, actor }, proposed);
};

/** Names are recorded before what they name. */
const withoutNames = (
  proposed: provisioningV1.ProposedCommand | undefined,
): provisioningV1.ProposedCommand | undefined => {
  const command = proposed?.command;
  if (command?.$case !== 'provisionIntegration') return proposed;
  return { command: { ...command, value: { ...command.value, slug: '', name: '' } } };
};

export const toProtoPreviewCommandResponse = ({
  events,
  letsMore,
  needsApproval,
}: Preview): provisioningV1.PreviewCommandResponse => ({
  events: events.map(({ stream, type, data }) => ({ stream, type, dataJson: JSON.stringify(data) })),
  letsMore,
  needsApproval,
});
