import { CreateKeyCommand } from "@aws-sdk/client-kms";
import { missing } from "../tools";
import { adoptsCa, issueCa } from "./adoptsCa";
import { awsWorld } from "./awsWorld";

adoptsCa({
  name: "AWS KMS",
  skip: missing("ministack"),
  start: () => awsWorld({ "kms-pki:ssh": "false" }),
  makeCa: async (stack) => {
    const make = async (name: string): Promise<string> => {
      const tags = [{ TagKey: "name", TagValue: name }];
      const { KeyMetadata } = await stack.client.send(
        new CreateKeyCommand({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY", Tags: tags }),
      );
      return KeyMetadata?.KeyId ?? "";
    };
    const adopt = { root: await make("root"), intermediate: await make("intermediate") };
    return { adopt, ...(await issueCa(stack, adopt)) };
  },
  writes: /^(?:Sign|CreateKey|ScheduleKeyDeletion)$/,
});
