// Entry of a cell when ward runs from source or from a bundle; a standalone binary gets there by
// `main.ts` with `__cell`.
import { runCell } from "./relay.ts";

await runCell(
  new URL("../../", import.meta.url).href,
  /\.[a-z]+$/.exec(import.meta.url)?.[0] ?? "",
);
