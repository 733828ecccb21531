const BLOCK = 512;
/** The longest name that fits into a header. */
const NAME_LENGTH = 100;

/** A file to send. */
export interface SentFile {
  /** The path below the folder of ca.json: `certificates/root_ca-0123456789abcdef.crt`. At most 100 characters of ASCII. */
  readonly name: string;
  readonly content: Buffer;
}

/** The files as a tar archive (POSIX.1-1988, ustar), each with mode 0600. */
export function tarArchive(files: readonly SentFile[]): Buffer {
  const parts = files.flatMap(({ name, content }) => [
    header(name, content.length),
    content,
    Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function header(name: string, size: number): Buffer {
  if (name.length > NAME_LENGTH) {
    throw new Error(`the name ${name} is too long for a tar archive`);
  }
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, offset: number, digits: number): void => {
    block.write(`${value.toString(8).padStart(digits, "0")}\0`, offset, "latin1");
  };
  block.write(name, 0, "latin1");
  octal(0o600, 100, 7);
  octal(0, 108, 7); // owner
  octal(0, 116, 7); // group
  octal(size, 124, 11);
  octal(0, 136, 11); // modification time
  block.fill(" ", 148, 156); // the checksum counts as blanks
  block.write("0", 156, "latin1"); // a regular file
  block.write("ustar\0" + "00", 257, "latin1");
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  return block;
}
