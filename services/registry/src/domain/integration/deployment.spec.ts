import { deploymentListFaults, withDefault } from './deployment';
import { deployment } from './testing/integration-history';

const fieldsOf = (...args: Parameters<typeof deploymentListFaults>) =>
  deploymentListFaults(...args).map(({ field }) => field);

describe('the deployments that an integration begins with', () => {
  test('are fine, or none', () => {
    expect(fieldsOf([], 'openai')).toEqual([]);
    expect(
      fieldsOf([{ ...deployment('a'), alias: 'gpt-4.1:mini' }, deployment('b', true)], 'azure-openai'),
    ).toEqual([]);
  });

  test.each([
    ['of another language', [deployment('a')], 'openai', ['deployments']],
    ['an alias twice', [deployment('a'), deployment('a')], 'azure-openai', ['deployments']],
    ['two defaults', [deployment('a', true), deployment('b', true)], 'azure-openai', ['deployments']],
    [
      'an alias with a slash',
      [{ ...deployment('a'), alias: 'a/b' }],
      'azure-openai',
      ['deployments[0].alias'],
    ],
    [
      'nothing of it',
      [{ alias: '', deploymentName: '', apiVersion: '', model: '', isDefault: false }],
      'azure-openai',
      ['alias', 'deployment_name', 'api_version', 'model'].map((field) => `deployments[0].${field}`),
    ],
    [
      'too many',
      Array.from({ length: 101 }, (_, index) => deployment(`a${index}`)),
      'azure-openai',
      ['deployments'],
    ],
  ])('%s', (_what, deployments, dialect, fields) => expect(fieldsOf(deployments, dialect)).toEqual(fields));

  test('have one default', () => {
    expect(withDefault([])).toEqual([]);
    expect(withDefault([deployment('a'), deployment('b')])).toEqual([deployment('a', true), deployment('b')]);
    expect(withDefault([deployment('a'), deployment('b', true)])).toEqual([
      deployment('a'),
      deployment('b', true),
    ]);
  });
});
