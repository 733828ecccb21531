import { missing } from "../tools";
import { answersOn, EXTERNAL } from "./answersOn";
import { awsWorld } from "./awsWorld";

answersOn({
  name: "AWS KMS",
  skip: missing("ministack", "openssl"),
  start: () => awsWorld(EXTERNAL),
  sign: "Sign",
});
