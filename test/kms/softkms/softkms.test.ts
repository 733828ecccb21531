import assert from "node:assert/strict";
import { join } from "node:path";
import { softkms } from "../../../provider/kms/softkms/descriptor";
import { SoftKms } from "../../../provider/kms/softkms/softkms";
import { softKeyUri } from "../../../provider/kms/softkms/softKeyUri";
import { temporaryDirectory } from "../../fixtures/temporaryDirectory";
import { conformance } from "../conformance";

const rootDirectory = temporaryDirectory();
const open = (): SoftKms =>
  new SoftKms({ rootDirectory, passphrase: () => "correct horse", notice: (message) => assert.fail(message) });
let keys = 0;

conformance({
  kms: softkms,
  open,
  createKey: async (algorithm) => {
    keys += 1;
    const uri = softKeyUri(join("keys", `key-${String(keys)}.pem`));
    await open().createKey({ uri, algorithm, encrypted: true, owner: `test/${uri}` });
    return uri;
  },
  absentKey: softKeyUri("keys/absent.pem"),
  deleteKey: (uri) => open().deleteKey(uri),
});
