import { deployedModel, deploymentReasonOf } from './deployed-model';
import { NOTHING_DECIDED } from './model-decision';
import type { ModelAccess } from './model-decisions';
import { published } from './testing/published-models';

const listed = published({
  facts: [
    { name: 'gpt-4o', kind: 'chat', capabilities: [], listedSince: 9n, withdrawn: false, contextWindow: 5n },
  ],
});
const decided = (access: Partial<ModelAccess>) => ({
  ...NOTHING_DECIDED,
  access: { ...NOTHING_DECIDED.access, ...access },
});

test.each<[Partial<ModelAccess>, string]>([
  [{ selectedAt: 1n }, 'selected'],
  [{}, 'not-selected'],
  [{ allowed: new Set(['fast']) }, 'allowed'],
  [{ allowed: new Set(['gpt-4o']) }, 'not-selected'],
  [{ autoEnable: true }, 'auto-enabled'],
  [{ selectedAt: 1n, revoked: new Set(['fast']) }, 'revoked'],
  [{ selectedAt: 1n, revoked: new Set(['gpt-4o']) }, 'selected'],
])('access names the alias, not the model behind it: %j', (access, reason) => {
  const decisions = decided(access);
  expect(deploymentReasonOf('fast', decisions)).toBe(reason);
  const model = deployedModel({ alias: 'fast', model: 'gpt-4o' }, decisions, listed);
  expect(model?.name).toBe(reason === 'revoked' || reason === 'not-selected' ? undefined : 'gpt-4o');
});
