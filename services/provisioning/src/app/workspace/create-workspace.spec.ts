import { createdBy, InterruptedStore, workspaceProcess } from '../../testing/workspace-processes';

describe('a workspace that is created', () => {
  const store = new InterruptedStore();

  it('is told to whoever created it, whoever finished that, and whatever bears its name since', async () => {
    const elsewhere = workspaceProcess(store);
    store.onceReserved(async () => {
      await elsewhere.finish('Research');
      await elsewhere.rename('away', createdBy('first'), 'Science');
      await elsewhere.create('second', 'Research');
    });
    const { create } = workspaceProcess(store);
    expect(await create('first', 'Research')).toMatchObject({ id: createdBy('first'), name: 'Science' });
    expect(await create('second', 'Research')).toMatchObject({ id: createdBy('second'), name: 'Research' });
  });

  it('is no other by its name, where it was refused and its request id is used again', async () => {
    const elsewhere = workspaceProcess(store);
    store.onceReserved(() => elsewhere.create('quicker', 'Sales', 'shop'));
    const { create } = workspaceProcess(store);
    await expect(create('late', 'Shop', 'shop')).rejects.toMatchObject({ reason: 'WORKSPACE_SLUG_TAKEN' });
    await create('other', 'Shop');
    await expect(create('late', 'Shop')).rejects.toMatchObject({ reason: 'REQUEST_ID_REUSED' });
  });
});
