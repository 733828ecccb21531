/**
 * Import this before everything else: gRPC reads its trusted roots from the environment only once, when it is loaded. The file is
 * written later, by {@link FakeCloudKms}.
 */
import { join } from "node:path";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";

/** The certificates of the authorities that gRPC trusts in this process, in PEM. */
export const TRUSTED_ROOTS = join(temporaryDirectory(), "roots.crt");

if (Object.keys(require.cache).some((file) => file.includes("/@grpc/grpc-js/"))) {
  throw new Error("import ../cloudkms/trustedRoots first: gRPC is loaded already");
}
process.env["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"] = TRUSTED_ROOTS;
