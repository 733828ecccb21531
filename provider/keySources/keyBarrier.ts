/** Holds back the keys of a source until the origin of each is known, so that a refused key stops all of them. */
export class KeyBarrier {
  #expected = 0;
  readonly #held: (() => void)[] = [];

  /** Announces a key, in the turn in which the program asks for it. */
  expect(): void {
    this.#expected += 1;
  }

  /** Reports that one of them is known. Settles when all are, and never if one is refused, which ends the program. */
  known(): Promise<void> {
    this.#expected -= 1;
    return new Promise((resolve) => {
      this.#held.push(resolve);
      if (this.#expected === 0) {
        this.#held.splice(0).forEach((release) => {
          release();
        });
      }
    });
  }
}
