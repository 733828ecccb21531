/** Holds the keys of a source back until it is known where each of them comes from: a refused one stops all of them. */
export class KeyBarrier {
  #expected = 0;
  readonly #held: (() => void)[] = [];

  /** Says that a key is to come, in the turn in which the program asks for it. */
  expect(): void {
    this.#expected += 1;
  }

  /** Says that one of those is known. Settles when all are, and never when one is refused, which ends the program. */
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
