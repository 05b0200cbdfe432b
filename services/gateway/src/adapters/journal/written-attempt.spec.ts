import { nanoUsd, nanoUsdPerMillion } from '@gatehouse/kernel';
import { eventsV1, gatewayV1, meteringV1 } from '@gatehouse/proto-gen';
import * as fc from 'fast-check';
import type { Attempt } from '../../app/gateway.ports';
import type { UsageKind } from '@gatehouse/offering';
import type { UsageOutcome, UsageRecord } from '../../domain/usage-record';
import { fromProtoUsageRecord, KINDS, OUTCOMES, toProtoUsageRecord } from '../usage/usage-conversion';
import type { UntoldRecord } from '../usage/usage-publisher';
import { type Account, Accounts } from './accounts';
import { EntryBlock } from './entry-block';
import { decodeEntry } from './journal-entries';
import { framed, HEAD_BYTES } from './segment-file';
import { settledIn, settledOf, type SettledRecord } from './untold-record';
import { UntoldWindow } from './untold-window';
import { writeAccount, writeAttempt } from './written-attempt';

const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const count = fc.integer({ min: 0, max: 2 ** 31 - 1 });
/** Of metadata: requests that have this one are refused. */
const name = text.filter((given) => given !== '__proto__');
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const atLeast0 = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const time = fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true });
const maybe = { nil: undefined, freq: 3 };

const records = fc.record({
  ...{ requestId: text, organizationId: text, workspaceId: text, provisionId: text, integrationId: text },
  ...{ apiKeyId: text, model: text, serviceTier: text, provider: text, journalId: text },
  attempt: fc.integer({ min: 1, max: 2 }),
  usage: fc.option(
    fc.record({
      ...{ inputTokens: count, outputTokens: count, cachedInputTokens: count },
      reasoningTokens: fc.option(count, maybe),
    }),
    maybe,
  ),
  kinds: fc.array(
    fc.record({
      kind: fc.constantFrom(...(Object.keys(KINDS) as UsageKind[])),
      quantity: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      rate: fc.option(atLeast0.map(nanoUsdPerMillion), maybe),
    }),
    { maxLength: 15 },
  ),
  amount: fc.option(atLeast0.map(nanoUsd), maybe),
  doubt: int64,
  ...{ estimated: fc.boolean(), streamed: fc.boolean() },
  outcome: fc.constantFrom(...(Object.keys(OUTCOMES) as UsageOutcome[])),
  ...{ admittedAt: time, settledAt: fc.option(time, maybe) },
  leaseOfBefore: fc.option(text, maybe),
  inputPrice: fc.option(atLeast0.map(nanoUsdPerMillion), maybe),
  outputPrice: fc.option(atLeast0.map(nanoUsdPerMillion), maybe),
  priceBookVersion: fc.option(int64, maybe),
  told: fc.record({ metadata: fc.dictionary(name, text, { maxKeys: 16 }), user: text, traceId: text }),
  heard: fc.option(
    fc.record({
      ...{
        status: fc.option(count, maybe),
        firstByteMs: fc.option(count, maybe),
        totalMs: fc.option(count, maybe),
      },
    }),
    maybe,
  ),
});

const charge = fc.record({ lease: int64, charged: int64, doubt: fc.oneof(fc.constant(0n), int64) });

const attempts = fc.tuple(records, fc.array(charge, { maxLength: 30 })).map(([record, charges]) => ({
  record: { ...record, leases: charges.map(({ lease }) => lease) },
  charges,
}));

/** Of versions before: each charge says which lease it is of. */
const attemptsOfBefore = fc.tuple(
  records,
  fc.array(int64, { maxLength: 30 }),
  fc.array(charge, { maxLength: 9 }),
);

const attemptsOf = (count: number): Attempt[] => fc.sample(attempts, count) as Attempt[];

const encoded = (entry: gatewayV1.JournalEntry['entry']): Buffer =>
  framed([gatewayV1.JournalEntry.encode({ entry }).finish()]);

const AT = 300;

/** A record without what its account says. */
const restOf = (record: UsageRecord, account: Account): meteringV1.UsageRecord => {
  const { inputPrice, outputPrice, priceBookVersion } = record;
  return {
    ...toProtoUsageRecord(record),
    ...{ organizationId: '', workspaceId: '', provisionId: '', integrationId: '', apiKeyId: '', model: '' },
    ...{ provider: '', journalId: '' },
    inputNanoUsdPerMillion: inputPrice === account.inputPrice ? undefined : inputPrice,
    outputNanoUsdPerMillion: outputPrice === account.outputPrice ? undefined : outputPrice,
    priceBookVersion: priceBookVersion === account.priceBookVersion ? undefined : priceBookVersion,
  };
};

const encodedAs = (
  $case: 'openedUnderLeases' | 'settledUnderLeases',
  { record, charges }: Attempt,
  account: Account,
): Buffer =>
  encoded({
    $case,
    value: {
      ...{ record: restOf(record, account), accountAt: BigInt(account.at) },
      charged: charges.map(({ charged }) => charged),
      doubts: charges.some(({ doubt }) => doubt !== 0n) ? charges.map(({ doubt }) => doubt) : [],
    },
  });

const accountEntryOf = (account: Account): Buffer => {
  const block = new EntryBlock();
  writeAccount(block, account);
  return block.copy();
};

/** The account of a record, as if its entry began at `AT`. */
const accountOf = (record: UsageRecord, accounts = new Accounts()): Account => {
  const account = accounts.of(record);
  accounts.written(account, AT);
  return account;
};

/** Where nothing but an account is looked for. */
const onlyAccount =
  (account: Account) =>
  (offset: number): Uint8Array => {
    expect(offset).toBe(AT);
    return accountEntryOf(account).subarray(HEAD_BYTES);
  };

const nameOf = ({ requestId, attempt, provisionId, settledAt, admittedAt }: UsageRecord) => ({
  ...{ requestId, attempt, provisionId },
  settledAtMs: (settledAt ?? admittedAt).getTime(),
});

const END = { segment: 1, offset: 1 };

/** As the bus is told it. */
const untoldOf = (settled: SettledRecord): readonly UntoldRecord[] => {
  const window = new UntoldWindow(1);
  window.push(settled, END);
  return window.oldest(1, END);
};

/** As it is read from a message: what is absent has no place there. */
const read = (record: UsageRecord): UsageRecord => fromProtoUsageRecord(toProtoUsageRecord(record));

describe('an attempt that is written', () => {
  it('has the very bytes of its message, among others of its block, and is with its account all that is told of it', () => {
    const block = new EntryBlock();
    // That of another, of which prices may be others.
    const account = fc.record({ of: attempts, same: fc.boolean() });
    fc.assert(
      fc.property(
        fc.constantFrom('opened' as const, 'settled' as const),
        attempts,
        account,
        (kind, ...drawn) => {
          const attempt = drawn[0] as Attempt;
          const accounts = new Accounts();
          const { inputPrice, outputPrice, priceBookVersion } = drawn[1].of.record as UsageRecord;
          const prices = drawn[1].same ? {} : { inputPrice, outputPrice, priceBookVersion };
          accounts.of({ ...attempt.record, ...prices } as UsageRecord);
          const account = accountOf(attempt.record, accounts);
          if (block.size > 1_000_000) block.cutTo(0);
          const before = block.size;
          const at = writeAttempt(block, kind, attempt, account);
          const written = block.copy().subarray(before);
          expect(written).toEqual(encodedAs(`${kind}UnderLeases`, attempt, account));
          const untold = untoldOf(settledOf(attempt.record, account.fields, block.all, at));
          const [{ message, ...name }] = untold as [UntoldRecord];
          expect(name).toEqual(nameOf(attempt.record));
          const { record } = eventsV1.UsageRecorded.decode(message);
          expect(record).toEqual(toProtoUsageRecord(attempt.record));
          const entry = written.subarray(HEAD_BYTES);
          const found = settledIn(entry, onlyAccount(account));
          expect(found && untoldOf(found)).toEqual(kind === 'settled' ? untold : undefined);
          const { requestId, attempt: number } = attempt.record;
          const charges = [...attempt.charges];
          expect(decodeEntry(entry, onlyAccount(account))).toEqual(
            kind === 'settled'
              ? { kind, name: expect.objectContaining({ requestId, attempt: number }), charges }
              : { kind, attempt: { record: read(attempt.record), charges } },
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is none where its account is none, and nothing where that cannot be read', () => {
    const attempt = attemptsOf(1)[0]!;
    const account = accountOf(attempt.record);
    for (const kind of ['opened', 'settled'] as const) {
      const block = new EntryBlock();
      writeAttempt(block, kind, attempt, account);
      const entry = block.copy().subarray(HEAD_BYTES);
      const reads = [settledIn, decodeEntry].slice(kind === 'settled' ? 0 : 1, kind === 'settled' ? 1 : 2);
      for (const read of reads) {
        expect(read(entry, () => undefined)).toBe(undefined);
        expect(() => read(entry, () => entry)).toThrow('without its account');
      }
    }
  });

  it.each([0n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -1n, -(2n ** 63n)])(
    'has %s as it is',
    (charged) => {
      const block = new EntryBlock();
      const record = { ...attemptsOf(1)[0]!.record, leases: [charged] };
      const attempt = { record, charges: [{ lease: charged, charged, doubt: charged }] };
      const account = accountOf(record);
      writeAttempt(block, 'settled', attempt, account);
      expect(block.copy()).toEqual(encodedAs('settledUnderLeases', attempt, account));
    },
  );

  it.each([
    ['one more', 3],
    ['one fewer', 1],
    ['none', 0],
  ])('is none where it has two leases and %s of charges, written or read', (_, count) => {
    const record = { ...attemptsOf(1)[0]!.record, leases: [7n, 8n] };
    const charges = [7n, 8n, 9n].slice(0, count).map((lease) => ({ lease, charged: 1n, doubt: 0n }));
    const account = accountOf(record);
    const block = new EntryBlock();
    expect(() => writeAttempt(block, 'opened', { record, charges }, account)).toThrow(RangeError);
    expect(block.size).toBe(0);
    const entry = encodedAs('openedUnderLeases', { record, charges }, account).subarray(HEAD_BYTES);
    expect(() => decodeEntry(entry, onlyAccount(account))).toThrow('without a charge for each of its leases');
  });

  it('is none where it says of another number of charges what is in doubt', () => {
    const record = { ...attemptsOf(1)[0]!.record, leases: [7n, 8n] };
    const account = accountOf(record);
    const value = { record: restOf(record, account), accountAt: BigInt(AT), charged: [1n, 2n], doubts: [1n] };
    const entry = encoded({ $case: 'settledUnderLeases', value }).subarray(HEAD_BYTES);
    expect(() => decodeEntry(entry, onlyAccount(account))).toThrow('without a charge for each of its leases');
  });

  it('is none where a number has no place in it', () => {
    const block = new EntryBlock();
    const charge = { lease: 1n, charged: 2n ** 63n, doubt: 0n };
    expect(() => block.int64(8, charge.charged)).toThrow(RangeError);
    expect(() => block.int64(8, 2n ** 64n + 5n)).toThrow(RangeError);
    expect(() => block.int64(8, -(2n ** 64n) + 5n)).toThrow(RangeError);
    expect(() => block.number(8, -1)).toThrow(RangeError);
    expect(() => block.number(8, Number.NaN)).toThrow(RangeError);
  });
});

describe('an account', () => {
  it('is that of its own call, also of one in the same place, and is written as its message', () => {
    const names = {
      ...{
        organizationId: 'org_one',
        workspaceId: 'ws_one',
        provisionId: 'prv_one',
        integrationId: 'int_one',
      },
      ...{ apiKeyId: 'key_one', model: 'small', provider: 'openai', journalId: 'jnl_one' },
    };
    const first: UsageRecord = { ...attemptsOf(1)[0]!.record, ...names };
    // Ids that end as those do.
    const others = ['organizationId', 'workspaceId', 'provisionId', 'integrationId', 'apiKeyId'] as const;
    const changes: Partial<UsageRecord>[] = [
      ...others.map((name) => ({ [name]: `x${names[name]}` })),
      ...[{ provider: 'azure' }, { journalId: 'jnl_two' }],
    ];
    const accounts = new Accounts();
    for (const change of [{}, {}, ...changes.flatMap((each) => [each, {}])]) {
      const record = { ...first, ...change };
      const account = accounts.of(record);
      const { organizationId, workspaceId, provisionId, integrationId, apiKeyId, model } = record;
      const { provider, journalId } = record;
      const shared = {
        ...{ organizationId, workspaceId, provisionId, integrationId, apiKeyId, model, provider, journalId },
        inputNanoUsdPerMillion: account.inputPrice,
        outputNanoUsdPerMillion: account.outputPrice,
        priceBookVersion: account.priceBookVersion,
      };
      const value = meteringV1.UsageRecord.fromPartial(shared);
      expect(accountEntryOf(account)).toEqual(encoded({ $case: 'account', value }));
      expect(accounts.of(record)).toBe(account);
    }
  });

  it('stays known beside that of the same key to a model whose name is much alike', () => {
    const { record } = attemptsOf(1)[0]!;
    const models = [
      'gpt-4o-mini',
      'gpt-4.1-mini',
      'claude-haiku-4-5',
      'claude-opus-4-5',
      'claude-sonnet-4-5',
    ];
    const accounts = new Accounts();
    const of = (model: string): Account => accounts.of({ ...record, model });
    const known = models.map(of);
    expect(known.map(({ model }) => model)).toEqual(models);
    for (const [at, model] of models.entries()) expect(of(model)).toBe(known[at]);
  });

  it('has nothing of one before it that could not be written', () => {
    const { record } = attemptsOf(1)[0]!;
    const accounts = new Accounts();
    expect(() => accounts.of({ ...record, priceBookVersion: 2n ** 64n })).toThrow(RangeError);
    expect(accountEntryOf(accounts.of(record))).toEqual(accountEntryOf(new Accounts().of(record)));
  });

  it('serves other prices than its own, and not none', () => {
    const { record } = attemptsOf(1)[0]!;
    const accounts = new Accounts();
    const priced = {
      ...record,
      inputPrice: nanoUsdPerMillion(1n),
      outputPrice: nanoUsdPerMillion(2n),
      priceBookVersion: 3n,
    };
    const dearer = {
      ...priced,
      inputPrice: nanoUsdPerMillion(5n),
      outputPrice: nanoUsdPerMillion(6n),
      priceBookVersion: 7n,
    };
    const account = accounts.of(priced);
    expect(accounts.of(dearer)).toBe(account);
    for (const name of ['inputPrice', 'outputPrice', 'priceBookVersion'] as const) {
      const fresh = new Accounts();
      const known = fresh.of(priced);
      const { [name]: _, ...without } = priced;
      const other = fresh.of(without);
      expect([name, other === known, other[name]]).toEqual([name, false, undefined]);
      expect(fresh.of(priced)).toBe(other);
    }
  });

  it('is in a segment once it is written, and until another begins', () => {
    const [one, two] = attemptsOf(2).map(({ record }, index) => ({ ...record, apiKeyId: `key_${index}` }));
    const accounts = new Accounts();
    const [first, second] = [accounts.of(one!), accounts.of(two!)];
    expect([accounts.isWritten(first), accounts.isWritten(second)]).toEqual([false, false]);
    accounts.written(first, 40);
    expect([accounts.isWritten(first), accounts.isWritten(second)]).toEqual([true, false]);
    accounts.forgetWritten();
    expect(accounts.isWritten(first)).toBe(false);
    accounts.written(first, 50);
    expect([accounts.isWritten(first), first.at]).toEqual([true, 50]);
  });
});

/** As versions before wrote them. */
describe('what was settled by versions before', () => {
  const entryOf = (entry: gatewayV1.JournalEntry['entry']): Uint8Array => encoded(entry).subarray(HEAD_BYTES);
  const nowhere = (): Uint8Array => {
    throw new Error('nothing is looked for');
  };
  const messageOf = ({ record }: Attempt): Buffer =>
    Buffer.from(eventsV1.UsageRecorded.encode({ record: toProtoUsageRecord(record) }).finish());

  it('is told by its whole record, where it has that', () => {
    fc.assert(
      fc.property(attemptsOfBefore, ([drawn, leases, charges]) => {
        const attempt = { record: { ...drawn, leases } as UsageRecord, charges };
        const value = { record: toProtoUsageRecord(attempt.record), charges };
        const found = settledIn(entryOf({ $case: 'settled', value }), nowhere);
        expect(found && untoldOf(found)).toEqual([
          { ...nameOf(attempt.record), message: messageOf(attempt) },
        ]);
        expect(settledIn(entryOf({ $case: 'opened', value }), nowhere)).toBe(undefined);
        const { requestId, attempt: number } = attempt.record;
        const name = expect.objectContaining({ requestId, attempt: number });
        expect(decodeEntry(entryOf({ $case: 'settled', value }), nowhere)).toEqual({
          kind: 'settled',
          name,
          charges,
        });
        const opened = { record: read(attempt.record), charges };
        expect(decodeEntry(entryOf({ $case: 'opened', value }), nowhere)).toEqual({
          kind: 'opened',
          attempt: opened,
        });
      }),
    );
  });

  it('is told by what its account has and its own, and was charged by the numbers of its leases', () => {
    fc.assert(
      fc.property(attemptsOfBefore, ([drawn, leases, charges]) => {
        const record = { ...drawn, leases } as UsageRecord;
        const account = accountOf(record);
        const value = { record: restOf(record, account), charges, accountAt: BigInt(AT) };
        const settled = entryOf({ $case: 'settledOfAccount', value });
        const found = settledIn(settled, onlyAccount(account));
        const [{ message, ...name }] = untoldOf(found!) as [UntoldRecord];
        expect(name).toEqual(nameOf(record));
        expect(eventsV1.UsageRecorded.decode(message).record).toEqual(toProtoUsageRecord(record));
        const { requestId, attempt } = record;
        expect(decodeEntry(settled, onlyAccount(account))).toEqual({
          kind: 'settled',
          name: expect.objectContaining({ requestId, attempt }),
          charges,
        });
        const opened = entryOf({ $case: 'openedOfAccount', value });
        expect(settledIn(opened, onlyAccount(account))).toBe(undefined);
        expect(decodeEntry(opened, onlyAccount(account))).toEqual({
          kind: 'opened',
          attempt: { record: read(record), charges },
        });
      }),
    );
  });

  it('is told by what it was opened with and what has changed, and by no opening but its own', () => {
    const [one, other] = attemptsOf(2) as [Attempt, Attempt];
    const opened = { ...one.record, requestId: 'req_one', attempt: 1, settledAt: undefined };
    const settled = { ...opened, amount: nanoUsd(5n), doubt: 0n, settledAt: new Date(1_700_000_000_001) };
    const openingOf = (record: UsageRecord): Uint8Array =>
      entryOf({ $case: 'opened', value: { record: toProtoUsageRecord(record), charges: [] } });
    const changes = meteringV1.UsageRecord.fromPartial({
      ...{ requestId: 'req_one', attempt: 1, amountNanoUsd: 5n, settledAt: settled.settledAt },
    });
    // A 0 that is not said leaves what the opening has.
    const value = { changes, charges: [...one.charges], openedAt: BigInt(AT) };
    const entry = entryOf({ $case: 'settlement', value });
    const found = settledIn(entry, (offset) => {
      expect(offset).toBe(AT);
      return openingOf(opened as UsageRecord);
    });
    const [{ message, ...name }] = untoldOf(found!) as [UntoldRecord];
    expect(name).toEqual(nameOf(settled as UsageRecord));
    const { record } = eventsV1.UsageRecorded.decode(message);
    expect(record).toEqual({ ...toProtoUsageRecord(settled as UsageRecord), doubtNanoUsd: opened.doubt });
    const { charges } = one;
    const settledName = expect.objectContaining({ requestId: 'req_one', attempt: 1 });
    expect(decodeEntry(entry, nowhere)).toEqual({
      kind: 'settled',
      name: settledName,
      charges: [...charges],
    });
    expect(settledIn(entry, () => undefined)).toBe(undefined);
    const another = openingOf({ ...other.record, requestId: 'req_other' });
    expect(() => settledIn(entry, () => another)).toThrow('without its opening');
    expect(() => settledIn(entry, () => entry)).toThrow('without its opening');
  });
});
