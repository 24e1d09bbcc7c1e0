/** Writes numbered lines to a log; arguments: home, name, count. */
import { createLogFile } from "../../src/host/log/log_file.ts";

const [home = "", name = "", count = "0"] = Deno.args;
const log = createLogFile({
  home,
  level: "trace",
  now: () => 0,
  secrets: () => [],
  onProblem(_path, error) {
    throw error;
  },
  maxBytes: 30_000,
});
// Both write at the same time: each waits until the other is there.
const mine = `${home}/${name}`;
Deno.writeTextFileSync(mine, "");
while (![...Deno.readDirSync(home)].some((entry) => entry.name === (name === "a" ? "b" : "a"))) {
  await new Promise((resolve) => setTimeout(resolve, 1));
}
for (let n = 0; n < Number(count); n++) {
  log.write("info", "line", { name, n, filling: "x".repeat(n % 200) });
  if (n % 3 === 0) log.flush();
}
log.flush();
