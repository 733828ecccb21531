/** What the CLI says of a state file that is empty. */
const LOST = "failed to load checkpoint: EOF";
const TRIES = 3;

/**
 * Runs a test that kills Pulumi. Once in some dozens of kills Pulumi's file backend is left with an empty state that its
 * own backup does not mend. What is to be tested is not there then: the test is run again, and that is said.
 */
export async function withKeptState(test: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await test();
      return;
    } catch (error) {
      if (tries === TRIES || !(error instanceof Error) || !error.message.includes(LOST)) {
        throw error;
      }
      process.stderr.write("Pulumi lost its own state when it was killed; the test is run again.\n");
    }
  }
}
