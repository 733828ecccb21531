/** The subject of a certificate of `node:crypto` in one line. */
export function subjectLine({ subject }: { readonly subject: string }): string {
  return subject.split("\n").join(", ");
}
