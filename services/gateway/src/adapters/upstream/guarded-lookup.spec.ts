import { guardedLookup, isRefusedAddress } from './guarded-lookup';

describe('addresses that are never called', () => {
  it.each([
    '169.254.169.254',
    '169.254.0.1',
    '100.100.100.200',
    '168.63.129.16',
    '0.0.0.0',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
  ])('%s', (address) => expect(isRefusedAddress(address)).toBe(true));

  it.each(['127.0.0.1', '::1', '10.0.0.1', '1.1.1.1', '::ffff:127.0.0.1', '2606:4700::1111'])(
    'but %s may be',
    (address) => expect(isRefusedAddress(address)).toBe(false),
  );

  it('are left out of what a name stands for', async () => {
    const looked = await new Promise((resolve) => {
      guardedLookup('localhost', { all: true }, (error, addresses) => resolve({ error, addresses }));
    });
    expect(looked).toMatchObject({
      error: null,
      addresses: expect.arrayContaining([
        expect.objectContaining({ address: expect.stringMatching(/^(127\.0\.0\.1|::1)$/) }),
      ]),
    });
    const refused = await new Promise<Error | null>((resolve) => {
      guardedLookup('169.254.169.254', {}, (error) => resolve(error));
    });
    expect(refused).toMatchObject({ code: 'ERR_ADDRESS_REFUSED' });
  });
});
