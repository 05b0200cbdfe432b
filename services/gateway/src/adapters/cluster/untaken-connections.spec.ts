import { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { closeUntaken } from './untaken-connections';

describe('connections that a worker was handed', () => {
  const sent: unknown[][] = [];
  let worker: ChildProcess;

  const connection = (): { close: jest.Mock } => ({ close: jest.fn() });
  const hand = (seq: number, handle: object): void =>
    void worker.send({ cmd: 'NODE_CLUSTER', act: 'newconn', key: ':8787:', seq }, handle as never);
  const says = (ack: number, accepted: boolean): void =>
    void worker.emit('internalMessage', { cmd: 'NODE_CLUSTER', ack, accepted });

  const end = (): void => {
    worker.emit('exit', null, 'SIGKILL');
    jest.runAllTimers();
  };

  beforeEach(() => {
    jest.useFakeTimers();
    sent.length = 0;
    worker = Object.assign(new EventEmitter(), {
      send: (...what: unknown[]) => sent.push(what) > 0,
    }) as never;
    closeUntaken(worker);
  });
  afterEach(() => jest.useRealTimers());

  it('are closed when it ends without a word of them, and those alone', () => {
    const [taken, refused, untaken] = [connection(), connection(), connection()];
    hand(1, taken);
    says(1, true);
    hand(2, refused);
    says(2, false);
    hand(3, untaken);
    expect(untaken.close).not.toHaveBeenCalled();
    end();
    expect(untaken.close).toHaveBeenCalledTimes(1);
    expect(taken.close).not.toHaveBeenCalled();
    expect(refused.close).not.toHaveBeenCalled();
  });

  it('are not closed where its word of them comes after its end', () => {
    const taken = connection();
    hand(1, taken);
    worker.emit('exit', 0, null);
    says(1, true);
    jest.runAllTimers();
    expect(taken.close).not.toHaveBeenCalled();
  });

  it('go to it as before, as does all else that it is told', () => {
    const [handed, other] = [connection(), connection()];
    hand(1, handed);
    const told = (): void => undefined;
    worker.send({ kind: 'leave' }, told as never);
    worker.send({ cmd: 'NODE_CLUSTER', ack: 7, seq: 8 }, other as never);
    expect(sent.map(([, handle]) => handle)).toEqual([handed, told, other]);
    end();
    expect(other.close).not.toHaveBeenCalled();
  });

  it('are none of one that never began', () => {
    const never = new ChildProcess();
    closeUntaken(never);
    expect(never.listenerCount('exit')).toBe(0);
  });
});
