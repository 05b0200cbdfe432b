import { FixedClock } from '@gatehouse/kernel';
import { Secrets } from '../domain/secrets';
import { ProviderCall, type ProviderCallOptions } from './provider-call';

/** One that is never told more than a test does. */
const begun = () => {
  const clock = new FixedClock(new Date(0));
  const client = { started: false, left: false, outcome: undefined };
  const settled: string[] = [];
  const refused: string[] = [];
  let cancelled = 0;
  const call = new ProviderCall({
    ...{ client, clock, secrets: new Secrets([]), choices: 1, stream: false, usageAsked: false },
    ...{
      cancelledBilledInFull: false,
      reasons: false,
      headers: {},
      answerBytesMax: 1_000,
      mayTryAgain: false,
    },
    deadlineMs: 60_000,
    surface: { events: undefined },
    dialect: { answerHeaders: [], leavesDoubt: () => false, refusesCredential: () => true },
    answer: { seen: { finished: false, ended: false }, failure: (_status: number, body: Buffer) => body },
    answered: () => undefined,
    refusesOurs: () => false,
    settle: (outcome: string, _ending: unknown, _heard: unknown, _seen: unknown, goOn: () => void) => {
      settled.push(outcome);
      goOn();
    },
    refuse: ({ code }: { readonly code: string }) => refused.push(code),
  } as unknown as ProviderCallOptions);
  call.attach({ pause: () => undefined, resume: () => undefined, cancel: () => cancelled++ });
  call.onSent();
  const look = (): void => call.look(clock.monotonicMs());
  return { call, clock, look, ended: () => ({ settled, refused, cancelled }) };
};

describe('an error whose body does not come to its end', () => {
  it('is told by its status ten seconds behind its head, once', () => {
    const { call, clock, look, ended } = begun();
    clock.advance(30_000);
    call.onHead(401, {});
    for (let drip = 0; drip < 9; drip++) {
      clock.advance(1_000);
      call.onData(Buffer.from('x'));
      look();
    }
    expect(ended()).toEqual({ settled: [], refused: [], cancelled: 0 });
    clock.advance(1_000);
    look();
    const told = { settled: ['providerFailed'], refused: ['provider_error'], cancelled: 1 };
    expect(ended()).toEqual(told);
    call.onData(Buffer.from('x'));
    call.onEnd();
    clock.advance(60_000);
    look();
    expect(ended()).toEqual(told);
  });

  it('is told so where it ends in time, and nothing is left then', () => {
    const { call, clock, look, ended } = begun();
    call.onHead(401, {});
    call.onData(Buffer.from('{}'));
    call.onEnd();
    clock.advance(20_000);
    look();
    expect(ended()).toEqual({ settled: ['providerFailed'], refused: ['provider_error'], cancelled: 0 });
  });
});
