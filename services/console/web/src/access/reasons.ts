/** Why a call is refused, for people. */
export const REASONS: Readonly<Record<string, string>> = {
  'key-unknown': 'nobody knows the key.',
  'key-revoked': 'the key is revoked.',
  'key-expired': 'the key has ended.',
  'key-scope-missing': 'the key calls no models.',
  'workspace-archived': 'the workspace is archived.',
  'provider-unknown': 'the workspace has no AI provider of this slug.',
  'integration-connecting': 'the integration is still being provisioned.',
  'not-provisioned': 'the integration is not provisioned to the workspace.',
  'provision-disabled': 'the integration is disabled for the workspace.',
  'provision-expired': 'the workspace had it until a time that is over.',
  'integration-disabled': 'the integration is disabled.',
  'model-not-offered': 'the integration does not offer the model.',
  'model-not-allowed': 'the model is not among those that are allowed here.',
  'provider-not-served': 'gateways do not speak to this provider yet.',
  'model-unpriced': 'a budget in USD applies, and nobody knows what the model costs.',
  'limit-exhausted': 'nothing is left of a limit.',
};
