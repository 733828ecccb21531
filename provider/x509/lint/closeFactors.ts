/** As many as Boulder and zlint try. */
const ROUNDS = 100;

/** Whether the factors of a modulus are so close together that Fermat's method finds them. */
export function hasCloseFactors(modulus: bigint): boolean {
  if (modulus <= 0n || modulus % 2n === 0n) {
    return false; // no RSA key
  }
  let root = squareRoot(modulus) + 1n;
  for (let round = 0; round < ROUNDS; round += 1) {
    if (isSquare(root * root - modulus)) {
      return true;
    }
    root += 1n;
  }
  return false;
}

/** The whole part of a square root, by Newton's method. */
function squareRoot(square: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(square.toString(2).length / 2));
  for (;;) {
    const next = (root + square / root) >> 1n;
    if (next >= root) {
      return root;
    }
    root = next;
  }
}

function isSquare(square: bigint): boolean {
  // Squares end in one of these in base 64; what remains is computed.
  const ending = Number(square & 63n);
  return ENDINGS.has(ending) && squareRoot(square) ** 2n === square;
}

const ENDINGS = new Set(Array.from({ length: 64 }, (_, root) => (root * root) % 64));
