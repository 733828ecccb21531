// It must come first.
import { cloudWorld } from "./cloudWorld";
import { missing } from "../tools";
import { answersOn, EXTERNAL } from "./answersOn";

answersOn({
  name: "Cloud KMS",
  skip: missing("openssl"),
  start: () => cloudWorld(EXTERNAL),
  sign: "AsymmetricSign",
});
