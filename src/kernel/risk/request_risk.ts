/** Risk of what is no program: files, whole lines, requests to hosts. Data, like the programs'. */
import type { NetAccess } from "../../model/cells/permission.ts";
import { type Assessment, worse } from "./command_risk.ts";
import { SECRET_PARTS } from "./program_table.ts";

/** Where a path lies, as policy has found out. */
export type PathPlace = "workspace" | "protected" | "outside" | "masked";

const PATHS: Readonly<Record<PathPlace, Readonly<Record<"read" | "write", Assessment>>>> = {
  workspace: {
    read: { risk: "low", touches: "reads a file of the workspace" },
    write: { risk: "medium", touches: "changes a file of the workspace" },
  },
  protected: {
    read: { risk: "low", touches: "reads a file of the workspace" },
    write: { risk: "high", touches: "what editors, git or agents do later, outside ward" },
  },
  outside: {
    read: { risk: "medium", touches: "reads your files outside the workspace" },
    write: { risk: "high", touches: "changes your files outside the workspace" },
  },
  masked: {
    read: { risk: "critical", touches: "keys and logins in your home folder" },
    write: { risk: "critical", touches: "keys and logins in your home folder" },
  },
};

/** Risk of a path; a name that holds keys or logins is critical wherever it lies. */
export function pathRisk(kind: "read" | "write", path: string, place: PathPlace): Assessment {
  const known = PATHS[place][kind];
  if (place === "masked" || !SECRET_PARTS.test(path)) return known;
  return worse(known, { risk: "critical", touches: "a file that holds keys or logins" });
}

/** A line that is not taken apart: it may be anything. */
export const LINE_RISK: Assessment = {
  risk: "high",
  touches: "whatever this line does in a cell of its own",
};

const READING = new Set(["GET", "HEAD", "OPTIONS"]);

/** Risk of a request: by what it sends and as whom. A method that is not known changes something. */
export function requestRisk(
  { method, sends, profile, host }: Pick<NetAccess, "method" | "sends" | "profile" | "host">,
): Assessment {
  if (method === "DELETE") return { risk: "critical", touches: `deletes something at ${host}` };
  if (sends || !READING.has(method)) {
    return { risk: "high", touches: `sends data to ${host}, or changes something there` };
  }
  if (profile !== undefined) {
    return { risk: "medium", touches: `reads at ${host} with your credentials` };
  }
  return { risk: "low", touches: `tells ${host} the address that is read` };
}
