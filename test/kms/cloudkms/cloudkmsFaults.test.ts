// It must come first.
import { FakeCloudKms } from "../../cloudkms/fakeCloudKms";
import { flipSignatureBit, resourceExhausted, unavailable } from "../../cloudkms/cloudKmsFaults";
import { cutAfterRequest, cutBeforeRequest, neverAnswers } from "../../fixtures/connectionFaults";
import { cloudFaults } from "../cloudFaults";
import { survivesFaults } from "../survivesFaults";

let kms: FakeCloudKms;

survivesFaults({
  name: "cloudkms",
  start: async () => {
    kms = await FakeCloudKms.start();
    return kms.server;
  },
  stop: () => kms.stop(),
  open: () => kms.open(),
  openImpatiently: () => kms.open({ requestTimeout: 100 }),
  createKey: (algorithm) => {
    const names: Readonly<Record<string, string>> = {
      RSA_2048_PKCS1: "RSA_SIGN_PKCS1_2048_SHA256",
      RSA_2048_PSS: "RSA_SIGN_PSS_2048_SHA256",
    };
    return kms.createKey({ algorithm: names[algorithm] ?? "EC_SIGN_P256_SHA256" });
  },
  methods: { describe: "GetPublicKey", sign: "AsymmetricSign" },
  ...cloudFaults(
    {
      attempts: 5,
      throttle: resourceExhausted,
      fail: unavailable,
      cutBefore: cutBeforeRequest,
      cutAfter: cutAfterRequest,
      neverAnswers,
      flipSignatureBit,
      throttled:
        /a quota of Cloud KMS is used up: Quota exceeded for quota metric 'Cryptographic requests'.*\. Run again/,
    },
    "AsymmetricSign",
  ),
  nobodyListensOn: (port) => ({ https_proxy: `http://127.0.0.1:${String(port)}` }),
  failure: (code, message) => kms.failure(code, message),
});
