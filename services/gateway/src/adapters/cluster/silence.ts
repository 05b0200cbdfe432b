/** One that was heard, and was not at so many looks in a row, stands still. */
const LOOKS_MAX = 10;
/** As many before it is first heard: its code is read until then, by a machine that may have other things to do. */
const LOOKS_BEFORE_MAX = 60;

/** For how many looks in a row nothing was heard of a worker. Looks are counted and not seconds, as who looks may have slept himself. */
export class Silence {
  private looks = 0;
  private max = LOOKS_BEFORE_MAX;

  heard(): void {
    this.looks = 0;
    this.max = LOOKS_MAX;
  }

  /** Whether it has lasted too long. */
  look(): boolean {
    return ++this.looks >= this.max;
  }
}
