/** How many sentences the guide has of the page. */
const SENTENCES = 55;

const walked: number[] = [];

/** Does what one sentence of the guide says, and nothing else that has a number. */
export const sentence = (number: number, says: string, walk: () => Promise<void>): void => {
  walked.push(number);
  it(`${number}: ${says}`, walk);
};

/** To be asked for once all scenes are loaded. */
export const itWalksEverySentence = (): void =>
  it('walks each sentence of the guide by one test, and by one alone', () => {
    const numbers = Array.from({ length: SENTENCES }, (_, at) => at + 1);
    expect(walked.toSorted((a, b) => a - b)).toEqual(numbers);
  });
