import { traceParentIn } from './trace-parent';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('traceparent', () => {
  it.each([
    ['00', '01', true],
    ['00', '00', false],
    ['00', '03', true],
    ['00', '02', false],
    ['cc', '01', true],
  ])('of version %s with flags %s', (version, flags, sampled) =>
    expect(traceParentIn(`${version}-${TRACE}-${SPAN}-${flags}`)).toEqual({
      ...{ traceId: TRACE, spanId: SPAN, sampled },
    }),
  );

  it('of a later version may have more', () => {
    expect(traceParentIn(`01-${TRACE}-${SPAN}-01-more`)?.sampled).toBe(true);
    expect(traceParentIn(`01-${TRACE}-${SPAN}-01more`)).toBeUndefined();
  });

  it.each([
    ['nothing', undefined],
    ['an empty one', ''],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['more than version 00 has', `00-${TRACE}-${SPAN}-01-more`],
    ['two of them', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
    ['no flags', `00-${TRACE}-${SPAN}`],
  ])('is none where it is %s', (_what, header) => expect(traceParentIn(header)).toBeUndefined());
});
