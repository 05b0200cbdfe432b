import { DESKTOP, PHONE, type Visitor } from './visitor';

/** axe finds no serious fault in what is shown, light or dark, and none of it is wider than a phone. */
export const expectLegible = async (visitor: Visitor): Promise<void> => {
  const { page } = visitor;
  for (const colorScheme of ['light', 'dark'] as const) {
    // Colours are judged, and not the way from one to another.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect([colorScheme, await visitor.accessibilityFaults()]).toEqual([colorScheme, []]);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  await page.setViewportSize(PHONE);
  const widths = await page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('[role=dialog]')].map(
      ({ scrollWidth, clientWidth }) => scrollWidth - clientWidth,
    ),
  );
  expect(widths.filter((more) => more > 0)).toEqual([]);
  await page.setViewportSize(DESKTOP);
};
