/** Writes numbered lines to a log; arguments: home, name, count. */
import { createLogFile } from "../../src/host/log/log_file.ts";

const [home = "", name = "", count = "0"] = Deno.args;
const log = createLogFile({
  home,
  level: "trace",
  now: () => 0,
  secrets: [],
  onProblem(_path, error) {
    throw error;
  },
  maxBytes: 100_000,
});
for (let n = 0; n < Number(count); n++) {
  log.write("info", "line", { name, n, filling: "x".repeat(n % 200) });
  if (n % 7 === 0) log.flush();
}
log.flush();
