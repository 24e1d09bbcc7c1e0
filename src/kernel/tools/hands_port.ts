/** The `hands` compartment as the tools see it; {@linkcode HandsPort} has one method a call. */
import type { HandsPort } from "../../model/cells/hands.ts";

export type { HandsCallOptions, HandsPort } from "../../model/cells/hands.ts";

/** What the file tools need of it. */
export type HandsFiles = Pick<
  HandsPort,
  | "readFile"
  | "writeFile"
  | "editFile"
  | "listFiles"
  | "findFiles"
  | "searchFiles"
  | "overview"
>;

/** What editing in an editor needs of it besides. */
export type HandsEditing = HandsFiles & Pick<HandsPort, "checkWrite">;

/** What the command tools need of it. */
export type HandsRuns = Pick<HandsPort, "runPlan" | "runLine">;

/** What is needed of it to carry whole folders. */
export type HandsTrees = Pick<HandsPort, "treeFiles" | "treeRead" | "treeWrite">;
