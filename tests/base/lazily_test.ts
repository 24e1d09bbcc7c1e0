import { equal } from "node:assert/strict";
import { lazily } from "../../src/base/lazily.ts";

Deno.test("what is made lazily is made by the first question, once, also where it is nothing", () => {
  let made = 0;
  const value = lazily(() => {
    made++;
    return undefined;
  });
  equal(made, 0);
  equal(value(), undefined);
  equal(value(), undefined);
  equal(made, 1);
});
