import { AppError } from '@gatehouse/kernel';
import type { Connection } from './connection';
import { Names } from './names';
import { Output } from './output';

const id = (prefix: string, digit: number) => `${prefix}_${String(digit).repeat(26)}`;

/** What a connection would answer, and what it was asked. */
const told = () => {
  const asked: string[] = [];
  const getWorkspace = async ({ workspaceId }: { workspaceId: string }) => {
    asked.push(workspaceId);
    if (workspaceId === id('ws', 9)) throw new AppError('NOT_FOUND', 'WORKSPACE_UNKNOWN');
    return { workspace: { id: workspaceId, name: `team ${workspaceId.at(-1)}` } };
  };
  const listWorkspaces = async () => {
    asked.push('all');
    return { workspaces: [{ id: id('ws', 1), name: 'team 1' }], nextPageToken: '' };
  };
  const connection = { workspaces: () => ({ getWorkspace, listWorkspaces }) } as unknown as Connection;
  return { names: new Names(connection), asked };
};

describe('names', () => {
  test('stand beside ids wherever they are said, once they are known', async () => {
    const { names } = told();
    const text = `limits of ${id('ws', 1)}\neach key of ${id('ws', 2)}`;
    await names.learn([text]);
    expect(names.beside(text)).toBe(`limits of team 1 (${id('ws', 1)})\neach key of team 2 (${id('ws', 2)})`);
  });

  test('are asked for once each, and for many as a list', async () => {
    const few = told();
    await few.names.learn([id('ws', 1), `${id('ws', 1)} admin`]);
    expect(few.asked).toEqual([id('ws', 1)]);
    const many = told();
    const suffix = (digit: string) => `ws_${digit.repeat(26)}`;
    await many.names.learn([...'0123456789a'].map(suffix));
    expect(many.asked).toEqual(['all']);
  });

  test('of what cannot be read, or of what is part of something else, there are none', async () => {
    const { names, asked } = told();
    const texts = [id('ws', 9), id('mbr', 1), `workspace-${id('ws', 1)}`, `{"workspaceId":"${id('ws', 1)}"}`];
    await names.learn(texts);
    expect(asked).toEqual([id('ws', 9)]);
    expect(texts.map((text) => names.beside(text))).toEqual(texts);
  });
});

describe('output', () => {
  const shown = async (head: string[], row: string[]) => {
    const lines: string[] = [];
    const output = new Output(false, (text) => lines.push(text));
    output.answer({}, head, [row]);
    output.note('that is all');
    const { names } = told();
    await output.show(names);
    await output.show(names);
    return lines;
  };

  test('names ids for people, but not what its row names already', async () => {
    const [table, note, ...more] = await shown(
      ['key', 'name', 'workspace'],
      [id('ws', 1), 'mine', id('ws', 2)],
    );
    expect(table).toContain(`│ ${id('ws', 1)} │`);
    expect(table).toContain(`│ team 2 (${id('ws', 2)}) │`);
    expect([note, more]).toEqual(['that is all', []]);
    expect((await shown(['workspace', 'outcome'], [id('ws', 1), 'made']))[0]).toContain('│ team 1 (ws_1');
  });

  test('tells scripts at once, and asks nothing for them', () => {
    const lines: string[] = [];
    const output = new Output(true, (text) => lines.push(text));
    output.answer({ id: id('ws', 1) }, ['workspace'], [[id('ws', 1)]]);
    expect(lines).toEqual([`{"id":"${id('ws', 1)}"}`]);
  });
});
