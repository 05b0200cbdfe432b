import { eventIn } from './index';

const released = {
  type: 'SlugReleased',
  version: 1,
  data: { organizationId: 'org_1', slug: 'sim', integrationId: 'int_1' },
};

describe('an event of a stream', () => {
  it('is read by the table', () =>
    expect(eventIn(['slug-'], { ...released, stream: 'slug-org_1-sim' })).toEqual({
      type: 'SlugReleased',
      data: released.data,
    }));

  it('is passed over where its stream is another', () => {
    expect(eventIn(['integration-'], { ...released, stream: 'slug-org_1-sim' })).toBeUndefined();
    expect(eventIn(['workspace-'], { ...released, stream: 'workspacename-1' })).toBeUndefined();
  });

  it('is refused where it does not belong', () =>
    expect(() => eventIn(['integration-'], { ...released, stream: 'integration-int_1' })).toThrow(
      'SlugReleased is no event of integration-int_1',
    ));

  it('is refused in a version that is not known', () =>
    expect(() => eventIn(['slug-'], { ...released, stream: 'slug-org_1-sim', version: 2 })).toThrow(
      'SlugReleased@2',
    ));
});
