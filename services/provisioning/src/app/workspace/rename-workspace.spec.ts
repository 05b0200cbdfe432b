import { revision } from '@gatehouse/event-store';
import { InterruptedStore, workspaceProcess } from '../../testing/workspace-processes';

describe('a workspace that is renamed', () => {
  const store = new InterruptedStore();
  const { rename, nameOf, ...here } = workspaceProcess(store);
  const elsewhere = workspaceProcess(store);
  const create = async (name: string) => (await here.create(`create ${name}`, name)).id;

  it('to the name it has, while it loses it, does not get it back from the one that has it since', async () => {
    const [one, two] = [await create('One'), await create('Two')];
    store.afterReading(one, async () => {
      await rename('away', one, 'Elsewhere');
      await rename('takes it', two, 'One');
    });
    await expect(rename('stays', one, 'One')).rejects.toMatchObject({ reason: 'WORKSPACE_NAME_TAKEN' });
    expect([await nameOf(one), await nameOf(two)]).toEqual(['Elsewhere', 'One']);
  });

  it('to the name it has, while it loses it, gets it back where it is free, and has it reserved', async () => {
    const [three, four] = [await create('Three'), await create('Four')];
    store.afterReading(three, () => rename('leaves', three, 'Gone'));
    expect((await rename('comes back', three, 'Three')).name).toBe('Three');
    await expect(rename('wants it', four, 'Three')).rejects.toMatchObject({ reason: 'WORKSPACE_NAME_TAKEN' });
  });

  it('to the name it has, while it loses it, is refused where its caller had named the revision', async () => {
    const five = await create('Five');
    store.afterReading(five, () => rename('on', five, 'Six'));
    await expect(rename('as read', five, 'Five', revision(0n))).rejects.toMatchObject({
      reason: 'REVISION_MISMATCH',
    });
    expect(await nameOf(five)).toBe('Six');
  });

  it('is told to whoever renamed it, whoever finished that, and whatever bears the name since', async () => {
    const [seven, eight] = [await create('Seven'), await create('Eight')];
    store.onceReserved(async () => {
      await elsewhere.finish('Nine');
      await elsewhere.rename('goes on', seven, 'Ten');
      await elsewhere.rename('comes after', eight, 'Nine');
    });
    expect(await rename('slow', seven, 'Nine')).toMatchObject({ id: seven, name: 'Ten' });
    expect(await nameOf(eight)).toBe('Nine');
  });

  it('and archived before that is done is refused as archived, whatever bears the name since', async () => {
    const [eleven, twelve] = [await create('Eleven'), await create('Twelve')];
    store.onceReserved(async () => {
      await elsewhere.archive('archive', eleven);
      await elsewhere.finish('Thirteen');
      await elsewhere.rename('instead', twelve, 'Thirteen');
    });
    await expect(rename('too late', eleven, 'Thirteen')).rejects.toMatchObject({
      reason: 'WORKSPACE_ARCHIVED',
    });
    expect(await nameOf(twelve)).toBe('Thirteen');
  });
});
