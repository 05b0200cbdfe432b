import { route } from '../rest/route';
import { configuredLimits, configuredLimitsChange, limitScopePath } from './configured-limits.schema';

const URL = '/v1/gatehouse/scopes/{scope}/configured-limits';

export const getConfiguredLimits = route({
  method: 'GET',
  url: URL,
  summary:
    'The limits that a provision, workspace, API key, integration or the organization carries, as they were said',
  path: limitScopePath,
  answer: configuredLimits,
});

export const changeConfiguredLimits = route({
  method: 'PUT',
  url: URL,
  summary: 'Replaces them all; a limit that bounds the same keeps its id and what was spent',
  path: limitScopePath,
  body: configuredLimitsChange,
  answer: configuredLimits,
});

export const CONFIGURED_LIMITS_ROUTES = [getConfiguredLimits, changeConfiguredLimits];
