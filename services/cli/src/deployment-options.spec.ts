import { parseDeployment } from './deployment-options';

describe('a deployment on the command line', () => {
  it('has its parts in any order', () => {
    const parsed = {
      alias: 'a',
      deploymentName: 'd',
      apiVersion: '2024-10-21',
      model: 'gpt-4o',
      isDefault: false,
    };
    expect(parseDeployment('alias=a,deployment=d,version=2024-10-21,model=gpt-4o')).toEqual(parsed);
    expect(parseDeployment('default,model=gpt-4o,version=2024-10-21,deployment=d,alias=a')).toEqual({
      ...parsed,
      isDefault: true,
    });
  });

  it.each(['', 'a', 'alias=a,alias=b', 'name=a', 'alias=a,defaults', '=a'])('is not %j', (text) => {
    expect(() => parseDeployment(text)).toThrow('DEPLOYMENT_MALFORMED');
  });
});
