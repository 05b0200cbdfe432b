import { parseWorkspace } from './workspace-options';

describe('a workspace on the command line', () => {
  test('has all models, or those that are named', () => {
    expect(parseWorkspace('ws_a')).toEqual({ workspaceId: 'ws_a', models: undefined });
    expect(parseWorkspace('ws_a:gpt-5,ft:gpt-4o:acme')).toEqual({
      workspaceId: 'ws_a',
      models: { all: false, names: ['gpt-5', 'ft:gpt-4o:acme'] },
    });
  });

  test.each(['ws_a:', 'ws_a:a,', 'ws_a:,a'])('names every model that it names: %s', (text) =>
    expect(() => parseWorkspace(text)).toThrow('WORKSPACE_MALFORMED'),
  );
});
