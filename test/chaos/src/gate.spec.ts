import { setTimeout as sleep } from 'node:timers/promises';
import { Gate } from './gate';

describe('a gate', () => {
  it('lets one be alone once all others have left, and others in after that', async () => {
    const gate = new Gate();
    const happened: string[] = [];
    await gate.enter();
    await gate.enter();
    const alone = gate.asTheOnlyOne(async () => {
      happened.push('alone');
      await sleep(5);
      happened.push('not alone any more');
    });
    const late = gate.enter().then(() => happened.push('came in'));
    await sleep(5);
    happened.push('left');
    gate.leave();
    await Promise.all([alone, late]);
    expect(happened).toEqual(['left', 'alone', 'not alone any more', 'came in']);
  });

  it('opens again when what was done alone failed', async () => {
    const gate = new Gate();
    await gate.enter();
    await expect(gate.asTheOnlyOne(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await gate.enter();
  });
});
